package prices

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

const (
	barHeader = "symbol,date,open,high,low,close,volume\n"
	barRowOf  = "AAA,2025-10-01,1,2,1,1.5,10\n"
	someDay   = `"2025-10-01":{"1. open":"1","2. high":"2","3. low":"1","4. close":"1.5","5. volume":"10"}`
)

// endless is a text whose end repeats for ever.
func endless(head, repeated string) io.Reader {
	chunk := strings.Repeat(repeated, max(1, 1<<16/len(repeated)))
	return io.MultiReader(strings.NewReader(head), &repeating{text: chunk})
}

type repeating struct {
	text string
	at   int
}

func (r *repeating) Read(p []byte) (int, error) {
	n := copy(p, r.text[r.at:])
	r.at = (r.at + n) % len(r.text)
	return n, nil
}

// observed counts what another goroutine reads.
type observed struct {
	r io.Reader
	n atomic.Int64
}

func (o *observed) Read(p []byte) (int, error) {
	n, err := o.r.Read(p)
	o.n.Add(int64(n))
	return n, err
}

// zip compresses while it is read, as an archive of any size would be.
func zip(r io.Reader) io.Reader {
	out, in := io.Pipe()
	go func() {
		w, _ := gzip.NewWriterLevel(in, gzip.BestSpeed) // the level exists
		_, err := io.Copy(w, r)
		if err == nil {
			err = w.Close()
		}
		in.CloseWithError(err)
	}()
	return out
}

// A file of any size costs no more memory than its bounds allow: what has been read when
// it is refused shows it.
func TestAFileWithoutEndIsRefusedEarly(t *testing.T) {
	t.Parallel()
	const vantage = `{"Meta Data":{"2. Symbol":"AAA"},"Time Series (Daily)":{`
	for name, c := range map[string]struct {
		head, repeated string
		want           string
	}{
		"a quotation mark left open":          {barHeader + barRowOf + `AAA,"2025`, "x", "after line 2: a row or a value is longer than 256 KiB"},
		"the same over lines":                 {barHeader + `"`, "x\n", "after line 1: a row"},
		"the same in the header":              {`symbol,"date`, "x", "a row or a value is longer"},
		"doubled marks":                       {barHeader + `"`, `""`, "a row or a value is longer"},
		"a line without end":                  {barHeader + "AAA", "A", "a row or a value is longer"},
		"columns without end":                 {barHeader + "AAA", ",", "a row or a value is longer"},
		"a header without end":                {"symbol", ",x", "a row or a value is longer"},
		"only spaces":                         {"", " ", "empty"},
		"a value in JSON":                     {vantage + `"2025-10-01":{"1. open":"`, "1", "line 1: a row or a value is longer"},
		"a number":                            {vantage + `"2025-10-01":{"1. open":`, "1", "a row or a value is longer"},
		"a name":                              {vantage + `"`, "1", "a row or a value is longer"},
		"an ignored name":                     {`{"`, "1", "a row or a value is longer"},
		"an ignored value":                    {`{"x":"`, "1", "a row or a value is longer"},
		"an ignored list":                     {`{"x":[0`, ",0", "a row or a value is longer"},
		"an ignored object":                   {`{"x":{"y":0`, `,"y":0`, "a row or a value is longer"},
		"spaces between values":               {vantage, "\n ", "a row or a value is longer"},
		"members of an object":                {`{"x":0`, `,"y":0`, "an object with more than 100000 names"},
		"fields of a day":                     {vantage + `"2025-10-01":{"z":0`, `,"y":0`, "an object with more than 100000 names"},
		"an escaped text, far below its code": {`{"x":"`, `\u0041`, "a row or a value is longer"},
	} {
		for way, file := range map[string]func(io.Reader) io.Reader{"": func(r io.Reader) io.Reader { return r }, " in an archive": zip} {
			read := &observed{r: endless(c.head, c.repeated)}
			_, err := Read("file", file(read))
			assert.ErrorContains(t, err, c.want, "%s%s", name, way)
			assert.Equal(t, sim.KindInvalid, sim.KindOf(err), name+way)
			assert.Less(t, read.n.Load(), int64(8<<20), "%s%s: more than the rest of a buffer has been read", name, way)
		}
	}
}

func TestAnArchiveCannotFillTheMemory(t *testing.T) {
	t.Parallel()
	header := strings.Replace(barHeader, "volume", "volume,note", 1)
	read := &observed{r: endless(header, `AAA,2025-10-01,1,2,1,1.5,10,"`+strings.Repeat("x", 200<<10)+"\"\n")}
	_, err := Read("bomb.csv", zip(read))
	assert.ErrorContains(t, err, "bomb.csv: the file unpacks to more than 1 GiB, or to more than 100 times its size; split it")
	assert.Equal(t, sim.KindInvalid, sim.KindOf(err))
	assert.Less(t, read.n.Load(), int64(64<<20))

	for limit, want := range map[int64]error{90_000: errUnpacked, 200_000: nil} {
		text, err := unpack(zip(strings.NewReader(barHeader+barRowOf+strings.Repeat("\n", 99_000))), limit)
		require.NoError(t, err)
		assert.ErrorIs(t, readTable(newCollector("bomb.csv", sim.MustParseDate("2025-12-31")), text), want)
	}
}

func TestAFileHasABoundedNumberOfRowsAndColumns(t *testing.T) {
	t.Parallel()
	c := newCollector("long.csv", sim.MustParseDate("2025-12-31"))
	c.maxRows = 2
	rows := barHeader + barRowOf + barRowOf + strings.Replace(barRowOf, "AAA", "BBB", 1)
	require.NoError(t, readTable(c, strings.NewReader(rows)), "a repeated row counts once")
	assert.ErrorIs(t, readTable(c, strings.NewReader(barHeader+strings.Replace(barRowOf, "AAA", "CCC", 1))), errRows)

	columns := strings.Builder{}
	columns.WriteString("symbol,date,open,high,low,close,volume")
	for i := range maxNames {
		fmt.Fprintf(&columns, ",x%d", i)
	}
	_, err := Read("wide.csv", strings.NewReader(columns.String()+"\n"))
	assert.ErrorContains(t, err, "wide.csv, line 1: 1007 columns; at most 1000 are expected")
}

// The lines of a file in JSON are counted without being kept.
func TestLinesAreForgotten(t *testing.T) {
	t.Parallel()
	object := `{"Meta Data":{"2. Symbol":"AAA"},` + strings.Repeat("\n", 100_000) + `"Time Series (Daily)":{` + someDay + `}}` + "\n"
	c := newCollector("lines.json", sim.MustParseDate("2025-12-31"))
	err := readVantage(c, bufio.NewReader(strings.NewReader(strings.Repeat(object, 20)+`{"x"`)))
	assert.ErrorContains(t, err, "lines.json, line 2000021: the file ends")

	lines := &lineIndex{r: bytes.NewReader(bytes.Repeat([]byte("\n"), 1000))}
	_, err = io.Copy(io.Discard, lines)
	require.NoError(t, err)
	lines.forget(900)
	assert.Len(t, lines.ends, 100)
	assert.Equal(t, 901, lines.line(900))
	assert.Equal(t, 1000, lines.line(999))
}
