package prices_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/prices"
	"aitrader/internal/sim"
	"aitrader/internal/simtest"
)

var today = sim.MustParseDate("2025-12-31")

func read(text string) (sim.PriceRows, error) {
	return prices.ReadAsOf("test.file", strings.NewReader(text), today)
}

func mustRead(t *testing.T, text string) sim.PriceRows {
	t.Helper()
	set, err := read(text)
	require.NoError(t, err)
	return set
}

func zipped(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write([]byte(text))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

const header = "symbol,date,open,high,low,close,volume\n"

func TestReadsCSV(t *testing.T) {
	want := []sim.SymbolBar{
		{Symbol: "ZAVRO", Date: sim.MustParseDate("2025-10-01"),
			Bar: sim.Bar{Open: 101_000, High: 110_000, Low: 99_500, Close: 105_125, Volume: 1200}},
		{Symbol: "BRK.B", Date: sim.MustParseDate("2025-10-02"), Bar: sim.Bar{Open: 105_000, OpenOnly: true}},
	}
	plain := header + "ZAVRO,2025-10-01,10.1,11,9.95,10.5125,1200\nBRK.B,2025-10-02,10.5,,,,\n"
	for name, text := range map[string]string{
		"plain":              plain,
		"CRLF and BOM":       "\ufeff" + strings.ReplaceAll(plain, "\n", "\r\n"),
		"lower case, spaces": header + " zavro , 2025-10-01,10.1,11,9.95,10.5125,1200.0\nbrk.b,2025-10-02,10.50000,,,,\n",
		"other order and case": "Volume,CLOSE,low,high,open,Date,Symbol\n1.2e3,10.5125,9.95,11,10.1,2025-10-01,ZAVRO\n" +
			",,,,10.5,2025-10-02,BRK.B\n",
		"gzip": string(zipped(t, plain)),
	} {
		t.Run(name, func(t *testing.T) {
			set := mustRead(t, text)
			assert.Equal(t, want, set.Bars)
			assert.Empty(t, set.Warnings)
			assert.Equal(t, "test.file", set.Source)
		})
	}
}

func TestWarnings(t *testing.T) {
	set := mustRead(t, "symbol,date,open,high,low,close,volume,source,\n"+
		"AAA,2025-10-01,1.23455,2,1,1.50009,10,x,\n"+
		"AAA,2025-10-01,1.23455,2,1,1.50009,10,x,\n"+
		"AAA,2025-10-04,1,2,1,1.5,10,x,\n"+
		"AAA,2025-07-04,1,2,1,1.5,10,x,\n")
	assert.Equal(t, simtest.Dollars("1.2346"), set.Bars[0].Bar.Open, "a tie goes away from zero")
	assert.Equal(t, simtest.Dollars("1.5001"), set.Bars[0].Bar.Close)
	assert.Len(t, set.Bars, 3)
	assert.Equal(t, []string{
		"ignored, because they are not known: source, (column 9, without a name)",
		"prices with more than 4 decimals, rounded half away from zero to 1/10,000 USD: 4",
		"rows that repeat an earlier one with the same figures: 1 (the first: AAA 2025-10-01 on line 3, as on line 2)",
		"bars of weekends and holidays, which will never be traded: 2 (the first: AAA 2025-10-04)",
	}, set.Warnings)
}

func TestRefusesBadFiles(t *testing.T) {
	row := func(s string) string { return header + "AAA,2025-10-01,1,2,1,1.5,10\n" + s + "\n" }
	for name, tc := range map[string]struct {
		text string
		want []string
	}{
		"no symbol": {"date,open,high,low,close,volume\n2025-10-01,1,2,1,1.5,10\n",
			[]string{"line 1", "lacks symbol", "add a column with the ticker"}},
		"ticker":             {"ticker,date,open,high,low,close,volume\n", []string{`rename "ticker" to "symbol"`}},
		"semicolons":         {"symbol;date;open;high;low;close;volume\nA;B\n", []string{"separated by commas"}},
		"no volume":          {"symbol,date,open,high,low,close\n", []string{"lacks volume"}},
		"column twice":       {"symbol,date,open,Open,high,low,close,volume\n", []string{"line 1", `"open" is there twice`}},
		"no rows":            {header, []string{"no rows"}},
		"empty":              {" \n", []string{"empty", "TIME_SERIES_DAILY"}},
		"binary":             {"\x00\x01\x02", []string{"not text in UTF-8"}},
		"zip":                {"PK\x03\x04xxxx", []string{"not text in UTF-8"}},
		"page":               {"<html>", []string{`'<'`}},
		"array":              {"[1]", []string{`'['`}},
		"cut gzip":           {string(zipped(t, header))[:20], []string{"cut or damaged"}},
		"bad gzip":           {"\x1f\x8bgarbage garbage", []string{"cut or damaged"}},
		"fields":             {row("AAA,2025-10-02,1"), []string{"line 3", "has 7"}},
		"quotes":             {row(`AAA,"2025-10-02,1,2,1,1.5,10`), []string{"line 3", "broken"}},
		"symbol":             {row("A B,2025-10-02,1,2,1,1.5,10"), []string{"test.file, line 3, column symbol", `"A B"`, "1 to 12 letters"}},
		"cash":               {row("cash,2025-10-02,1,2,1,1.5,10"), []string{"column symbol", `"cash"`}},
		"date":               {row("AAA,2025-02-30,1,2,1,1.5,10"), []string{"line 3, column date", `"2025-02-30"`, "YYYY-MM-DD", "2027-01-01"}},
		"old":                {row("AAA,1970-12-31,1,2,1,1.5,10"), []string{"column date", "1971-01-01"}},
		"future":             {row("AAA,2027-01-02,1,2,1,1.5,10"), []string{"column date", `"2027-01-02"`}},
		"open":               {row("AAA,2025-10-02,,2,1,1.5,10"), []string{"column open", `""`, "above 0"}},
		"negative":           {row("AAA,2025-10-02,1,2,-1,1.5,10"), []string{"column low", `"-1"`}},
		"rounds to 0":        {row("AAA,2025-10-02,1,2,1,0.00001,10"), []string{"column close", `"0.00001"`}},
		"too dear":           {row("AAA,2025-10-02,1,200000000000,1,1,10"), []string{"column high", "at most"}},
		"words":              {row("AAA,2025-10-02,1,n/a,1,1.5,10"), []string{"column high", `"n/a"`}},
		"half":               {row("AAA,2025-10-02,1,2,1,,10"), []string{"column close", "together"}},
		"no shares":          {row("AAA,2025-10-02,1,2,1,1.5,"), []string{"column volume", "together"}},
		"part of a share":    {row("AAA,2025-10-02,1,2,1,1.5,10.5"), []string{"column volume", `"10.5"`, "whole number"}},
		"negative shares":    {row("AAA,2025-10-02,1,2,1,1.5,-10"), []string{"column volume", `"-10"`}},
		"high below low":     {row("AAA,2025-10-02,1,1,2,1.5,10"), []string{"test.file, line 3", "high 1 is below low 2"}},
		"twice":              {row("aaa,2025-10-01,1,2,1,1.6,10"), []string{"line 3", "AAA 2025-10-01", "line 2"}},
		"after a long field": {row(`AAA,2025-10-02,1,"` + strings.Repeat("9é", 200) + `",1,1.5,10`), []string{"column high", `..."`}},
	} {
		t.Run(name, func(t *testing.T) {
			set, err := read(tc.text)
			require.Error(t, err)
			assert.Empty(t, set.Bars)
			assert.Equal(t, sim.KindInvalid, sim.KindOf(err))
			for _, want := range append(tc.want, "test.file") {
				assert.ErrorContains(t, err, want)
			}
		})
	}
}

func TestQuotedLineBreaksKeepLineNumbers(t *testing.T) {
	_, err := read("symbol,date,open,high,low,close,volume,note\nAAA,2025-10-01,1,2,1,1.5,10,\"two\nlines\"\nAAA,2025-10-02,x,2,1,1.5,10,\n")
	assert.ErrorContains(t, err, "line 4, column open")
}

func TestReadErrorsAreUnavailable(t *testing.T) {
	broken := errors.New("disk on fire")
	for _, text := range []string{"", header + strings.Repeat("AAA,2025-10-01,1,2,1,1.5,10\n", 1000), `{"Meta Data": {`} {
		_, err := prices.Read("x", io.MultiReader(strings.NewReader(text), iotest.ErrReader(broken)))
		assert.Equal(t, sim.KindUnavailable, sim.KindOf(err), "%q: %v", text, err)
		assert.ErrorIs(t, err, broken)
	}
}

func TestSplitsAndDividends(t *testing.T) {
	set := mustRead(t, "symbol,ex_date,ratio,prev_close\nAAA,2025-10-01,10,1\nbbb,2025-10-02,3:2,1\nCCC,2025-10-03,0.125,1\n"+
		"DDD,2025-10-03,4:2,1\nAAA,2025-10-01,10,1\nEEE,2025-10-03,1.5:3,1\n")
	d := sim.MustParseDate
	assert.Equal(t, []sim.Split{
		{Symbol: "AAA", ExDate: d("2025-10-01"), Numerator: 10, Denominator: 1},
		{Symbol: "BBB", ExDate: d("2025-10-02"), Numerator: 3, Denominator: 2},
		{Symbol: "CCC", ExDate: d("2025-10-03"), Numerator: 1, Denominator: 8},
		{Symbol: "DDD", ExDate: d("2025-10-03"), Numerator: 2, Denominator: 1},
		{Symbol: "EEE", ExDate: d("2025-10-03"), Numerator: 1, Denominator: 2},
	}, set.Splits)
	assert.Len(t, set.Warnings, 1)

	set = mustRead(t, "Symbol,Ex_Date,Amount,pay_date,currency\nAAA,2025-10-01,0.24,2025-10-15,USD\nAAA,2025-10-01,0.24,,USD\n")
	amount, err := sim.ParsePerShare("0.24")
	require.NoError(t, err)
	assert.Equal(t, []sim.Dividend{{Symbol: "AAA", ExDate: d("2025-10-01"), Amount: amount}}, set.Dividends)
	require.Len(t, set.Warnings, 2)
	assert.Contains(t, set.Warnings[0], "currency")
	assert.NotContains(t, set.Warnings[0], "pay_date")
}

func TestRefusesBadActions(t *testing.T) {
	const splits, dividends = "symbol,ex_date,ratio\n", "symbol,ex_date,amount\n"
	for text, want := range map[string]string{
		splits + "AAA,2025-10-01,0\n":                                            "line 2, column ratio",
		splits + "AAA,2025-10-01,2:0\n":                                          "column ratio",
		splits + "AAA,2025-10-01,x\n":                                            "column ratio",
		splits + "AAA,2025-10-01,2:3:4\n":                                        "column ratio",
		splits + "AAA,2025-10-01,10001\n":                                        "column ratio",
		splits + "AAA,2025-10-01,1:20000\n":                                      "column ratio",
		splits + "AAA,2025-10-01,10000:0.5\n":                                    "column ratio",
		splits + "AAA,2025-10-01,0.5:10000\n":                                    "column ratio",
		splits + "AAA,2025-10-01,2\nAAA,2025-10-01,3\n":                          "line 3: AAA 2025-10-01 has other figures on line 2",
		splits + "AAA,2025,2\n":                                                  "column ex_date",
		splits + "AAA\n":                                                         "line 2",
		dividends + "AAA,2025-10-01,0\n":                                         "column amount",
		dividends + "AAA,2025-10-01,-1\n":                                        "column amount",
		dividends + "AAA,2025-10-01,100001\n":                                    "column amount",
		dividends + "AAA,2025-10-01,\n":                                          "column amount",
		"symbol,ex_date,amount,type\nAAA,2025-10-01,1,CD\nAAA,2025-10-01,2,cd\n": "has other figures on line 2",
		dividends + "?,2025-10-01,1\n":                                           "column symbol",
		dividends + "AAA\n":                                                      "line 2",
		"ex_date,amount\n2025-10-01,1\n":                                         "lacks symbol",
		"ex_date,ratio\n2025-10-01,1\n":                                          "lacks symbol",
	} {
		_, err := read(text)
		require.ErrorContains(t, err, want, text)
		assert.Equal(t, sim.KindInvalid, sim.KindOf(err))
	}
}
