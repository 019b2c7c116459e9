package prices

import (
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"strings"

	"aitrader/internal/sim"
	"aitrader/internal/text"
)

// The names in Alpha Vantage's answers. Only the daily series has bars of whole
// days; other series have other names.
const (
	metaName   = "Meta Data"
	symbolName = "2. Symbol"
	seriesName = "Time Series (Daily)"
)

// messageNames are the fields in which Alpha Vantage explains a missing series.
var messageNames = []string{"Error Message", "Information", "Note"}

// maxMessage bounds what an error shows of a vendor's message, in bytes.
const maxMessage = 400

// vantageBar holds the fields of one day as they are written, with their names.
type vantageBar struct {
	text            barText
	names           barNames
	split, dividend string
}

// Names of the adjusted variant that are more than a bar.
const (
	adjustedName = "5. adjusted close"
	dividendName = "7. dividend amount"
	splitName    = "8. split coefficient"
)

// slot returns the place of a field, or nil for an unknown one. The adjusted close is
// known and discarded: bars are raw.
func (b *vantageBar) slot(name string) (value, nameOf *string) {
	var unused string
	switch name {
	case "1. open", "1. buy price":
		return &b.text.open, &b.names.open
	case "2. high":
		return &b.text.high, &b.names.high
	case "3. low":
		return &b.text.low, &b.names.low
	case "4. close", "4. sell price":
		return &b.text.close, &b.names.close
	case "5. volume", "6. volume":
		return &b.text.volume, &b.names.volume
	case dividendName:
		return &b.dividend, &unused
	case splitName:
		return &b.split, &unused
	case adjustedName:
		return &unused, &unused
	}
	return nil, nil
}

// vantageReader reads consecutive objects: an answer of Alpha Vantage has one,
// merged.jsonl one per line.
type vantageReader struct {
	c     *collector
	bytes *records
	lines *lineIndex
	json  *json.Decoder
}

// datedRow is a day of a series whose symbol is not known yet: the meta data may
// come after the series.
type datedRow struct {
	at   place
	date sim.Date
	bar  vantageBar
}

// readVantage reads Alpha Vantage JSON.
func readVantage(c *collector, r io.Reader) error {
	v := &vantageReader{c: c, bytes: &records{r: r}}
	v.lines = &lineIndex{r: v.bytes}
	v.json = json.NewDecoder(v.lines)
	v.json.UseNumber()
	for {
		token, err := v.token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return v.jsonError(err)
		}
		if token != json.Delim('{') {
			return v.wrongValue("", token, "an object is expected")
		}
		if err := v.readObject(); err != nil {
			return err
		}
	}
}

// readObject reads an answer whose opening brace has been read.
func (v *vantageReader) readObject() error {
	start := v.at("")
	var symbol string
	var rows []datedRow
	var other []string
	found, message := false, ""
	err := v.eachField(func(name string) error {
		switch name {
		case metaName:
			return v.readMeta(&symbol)
		case seriesName:
			found = true
			return v.readSeries(&rows)
		}
		if len(other) < maxQuoted {
			other = append(other, name)
		}
		text, err := v.skipValue()
		for _, known := range messageNames {
			if name == known {
				message = text
			}
		}
		return err
	})
	switch {
	case err != nil:
		return err
	case !found && message != "":
		return sim.Errorf(sim.KindInvalid, "%s, %s: the file has no prices; Alpha Vantage says: %s", v.c.file, start,
			hideKey(text.Clip(message, maxMessage)))
	case !found:
		return sim.Errorf(sim.KindInvalid, "%s, %s: the object has no %q, only %s; %s", v.c.file, start, seriesName,
			quoteNames(other), understood)
	case symbol == "":
		return sim.Errorf(sim.KindInvalid, "%s, %s: the object has no [%q][%q]", v.c.file, start, metaName, symbolName)
	}
	return v.addRows(symbol, rows)
}

// readMeta reads the symbol from the description of an answer.
func (v *vantageReader) readMeta(symbol *string) error {
	if err := v.openObject(path(metaName)); err != nil {
		return err
	}
	return v.eachField(func(name string) error {
		if name != symbolName {
			_, err := v.skipValue()
			return err
		}
		text, err := v.scalar(path(metaName, name))
		if err != nil {
			return err
		}
		*symbol, err = v.c.symbol(v.at(path(metaName)), name, strings.TrimSpace(text))
		return err
	})
}

// readSeries reads the days of an answer.
func (v *vantageReader) readSeries(rows *[]datedRow) error {
	if err := v.openObject(path(seriesName)); err != nil {
		return err
	}
	return v.eachField(func(day string) error {
		row := datedRow{at: v.at(path(seriesName, day))}
		var err error
		if row.date, err = v.c.date(v.at(path(seriesName)), day, day); err != nil {
			return err
		}
		if err := v.openObject(path(seriesName, day)); err != nil {
			return err
		}
		if err := v.readDay(day, &row.bar); err != nil {
			return err
		}
		*rows = append(*rows, row)
		return nil
	})
}

// readDay reads the fields of one day.
func (v *vantageReader) readDay(day string, bar *vantageBar) error {
	bar.names = barNames{"1. open", "2. high", "3. low", "4. close", "5. volume"}
	return v.eachField(func(name string) error {
		text, err := v.scalar(path(seriesName, day, name))
		if err != nil {
			return err
		}
		value, nameOf := bar.slot(name)
		if value == nil {
			v.c.ignoreColumn(name)
			return nil
		}
		if *value != "" && *value != text {
			return v.wrongValue(path(seriesName, day, name), text, "the day has the other figure "+quote(*value)+" for it before")
		}
		*value, *nameOf = text, name
		return nil
	})
}

// addRows adds the days of one answer, with the splits and dividends of the adjusted
// variant.
func (v *vantageReader) addRows(symbol string, rows []datedRow) error {
	for _, row := range rows {
		if err := v.c.addBar(row.at, symbol, row.date, row.bar.text, row.bar.names); err != nil {
			return err
		}
		if !isNeutral(row.bar.split, "1") {
			if err := v.c.addSplit(row.at, splitName, row.bar.split, sim.Split{Symbol: symbol, ExDate: row.date}); err != nil {
				return err
			}
		}
		if !isNeutral(row.bar.dividend, "0") {
			if err := v.c.addDividend(row.at, dividendName, row.bar.dividend, ListedDividend{
				Dividend: sim.Dividend{Symbol: symbol, ExDate: row.date},
			}); err != nil {
				return err
			}
		}
	}
	return nil
}

// isNeutral reports whether a figure is absent, or that of a day without a split or
// dividend, written with any number of zeros.
func isNeutral(text, neutral string) bool {
	if text == "" || text == neutral {
		return true
	}
	whole, zeros, dotted := strings.Cut(text, ".")
	return dotted && whole == neutral && strings.Trim(zeros, "0") == ""
}

// apiKey matches the caller's key, which Alpha Vantage repeats in its messages.
var apiKey = regexp.MustCompile(`(?i)(api\s*key\s+(?:as|is|:)\s*)\S+`)

func hideKey(message string) string {
	return apiKey.ReplaceAllString(message, "${1}(hidden)")
}
