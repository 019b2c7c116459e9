package prices

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"errors"
	"io"
	"time"

	"aitrader/internal/sim"
)

// sniffBytes is how much of a file the recognition of its format reads.
const sniffBytes = 512

// Read reads a price file. The name is only used as [sim.PriceRows.Source] and in
// errors. Dates may lie up to one year after today.
//
// Errors are [sim.Error]s: of kind invalid_request when the content is wrong
// (the message names the file, the line, the column or JSON path, the value and
// what is allowed), of kind unavailable when r cannot be read.
func Read(name string, r io.Reader) (sim.PriceRows, error) {
	return ReadAsOf(name, r, sim.DateOf(time.Now()))
}

// ReadAsOf is [Read] on a given day.
func ReadAsOf(name string, r io.Reader, today sim.Date) (sim.PriceRows, error) {
	set, err := read(name, r, today)
	if err != nil {
		return sim.PriceRows{}, translate(name, err)
	}
	return set, nil
}

func read(name string, r io.Reader, today sim.Date) (sim.PriceRows, error) {
	text, err := unpack(r, maxBytes)
	if err != nil {
		return sim.PriceRows{}, err
	}
	format, err := recognise(name, text)
	if err != nil {
		return sim.PriceRows{}, err
	}
	c := newCollector(name, today)
	switch format {
	case formatJSON:
		err = readVantage(c, text)
	default:
		err = readTable(c, text)
	}
	if err != nil {
		return sim.PriceRows{}, err
	}
	return c.finish()
}

// unpack undoes gzip and drops a byte order mark. More unpacked bytes than the
// limit are errUnpacked.
func unpack(r io.Reader, limit int64) (*bufio.Reader, error) {
	packed := &counted{r: r}
	text := bufio.NewReader(packed)
	bounded := &unpacked{r: text, limit: limit}
	// A file shorter than the magic number is not an archive; a read error comes
	// back with the next read.
	if magic, _ := text.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		unzipped, err := gzip.NewReader(text)
		if err != nil {
			return nil, err
		}
		bounded.r, bounded.packed = unzipped, packed
	}
	text = bufio.NewReader(bounded)
	if mark, _ := text.Peek(3); bytes.Equal(mark, []byte{0xef, 0xbb, 0xbf}) {
		if _, err := text.Discard(3); err != nil {
			return nil, err
		}
	}
	return text, nil
}

// format is a family of files that one reader reads.
type format int

const (
	formatCSV format = iota
	formatJSON
)

// recognise tells the format from the first bytes, without consuming them.
func recognise(name string, text *bufio.Reader) (format, error) {
	head, err := text.Peek(sniffBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, err
	}
	trimmed := bytes.TrimLeft(head, " \t\r\n")
	switch {
	case len(trimmed) == 0:
		return 0, sim.Errorf(sim.KindInvalid, "%s: the file is empty; %s", name, understood)
	case trimmed[0] == '{':
		return formatJSON, nil
	case bytes.IndexByte(head, 0) >= 0 || bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return 0, sim.Errorf(sim.KindInvalid, "%s: the file is not text in UTF-8 (gzip is understood, other archives are not); %s",
			name, understood)
	case trimmed[0] == '[' || trimmed[0] == '<':
		return 0, sim.Errorf(sim.KindInvalid, "%s: the file begins with %q; %s", name, trimmed[0], understood)
	}
	return formatCSV, nil
}

// understood ends the errors about files of an unknown format.
const understood = "a price file is CSV with the header symbol,date,open,high,low,close,volume (or symbol,ex_date,ratio for splits, " +
	"symbol,ex_date,amount for dividends), Alpha Vantage TIME_SERIES_DAILY JSON, or AI-Trader merged.jsonl"

// translate gives the errors of the underlying readers a kind.
func translate(name string, err error) error {
	var ours *sim.Error
	var corrupt flate.CorruptInputError
	var beyond errTooLarge
	switch {
	case errors.As(err, &ours):
		return err
	case errors.As(err, &beyond):
		return sim.Errorf(sim.KindInvalid, "%s: %w", name, beyond)
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, &corrupt):
		return sim.Errorf(sim.KindInvalid, "%s: the file is cut or damaged: %w", name, err)
	default:
		return sim.Errorf(sim.KindUnavailable, "%s: the file cannot be read: %w", name, err)
	}
}
