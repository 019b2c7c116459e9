package recorded

import (
	"bufio"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

const initial = `{"date": "2025-10-01", "id": 0, "positions": {"AAA": 0, "BBB": 0, "CASH": 1000.0}}`

func TestLoad(t *testing.T) {
	rec := file(t,
		initial, "",
		`{"date": "2025-10-02", "id": 1, "this_action": {"action": "buy", "symbol": "AAA", "amount": 3}, "positions": {"AAA": `+
			`3, "BBB": 0, "CASH": 41.932999999999936}}`,
		`  {"date": "2025-10-02", "id": 2, "this_action": {"action": "sell", "symbol": "AAA", "amount": 1.0, "price": 5}, `+
			`"positions": {"AAA": 2.0, "CASH": 1e2}}  `,
		`{"date": "2025-10-03", "id": 3, "this_action": {"action": "no_trade", "symbol": "", "amount": 0}, "positions": {"AAA": 2, "CASH": 100}}`,
		`{"date": "2025-10-06", "this_action": null, "positions": {"AAA": 2, "CASH": 100}}`,
	)
	second := rec.orders(sim.MustParseDate("2025-10-02"))
	require.Len(t, second, 2)
	assert.Equal(t, "buy 3 AAA", second[0].order.String())
	assert.Equal(t, 3, second[0].line)
	assert.Equal(t, sim.Ledger{Cash: 41_9330, Holdings: map[string]sim.Quantity{"AAA": 3 * sim.Share}}, second[0].ledger)
	assert.Equal(t, "sell 1 AAA", second[1].order.String())
	assert.Equal(t, sim.Ledger{Cash: 100 * sim.Dollar, Holdings: map[string]sim.Quantity{"AAA": 2 * sim.Share}}, second[1].ledger)
	for _, quiet := range []string{"2025-10-01", "2025-10-03", "2025-10-06", "2025-10-04"} {
		assert.Empty(t, rec.orders(sim.MustParseDate(quiet)), quiet)
	}

	for date, line := range map[string]int{"2025-10-01": 1, "2025-10-02": 4, "2025-10-05": 5, "2030-01-01": 6} {
		last, ok := rec.lastRow(sim.MustParseDate(date))
		assert.True(t, ok)
		assert.Equal(t, line, last.line, date)
	}
	_, ok := rec.lastRow(sim.MustParseDate("2025-09-30"))
	assert.False(t, ok)
}

func TestSpellingsOfNoTrade(t *testing.T) {
	for _, action := range []string{"no_trade", "NO_TRADE", "no-trade", "No Trade", "notrade"} {
		rec := file(t, `{"date": "2025-10-01", "this_action": {"action": "`+action+`"}, "positions": {"CASH": 1}}`)
		assert.Empty(t, rec.orders(sim.MustParseDate("2025-10-01")), action)
	}
}

// AI-Trader writes rows without positions when it finds nothing to continue from.
// They say nothing, so the day is not compared with them.
func TestARowWithoutPositionsIsNotCompared(t *testing.T) {
	rec := file(t, initial,
		`{"date": "2025-10-02", "id": 0, "this_action": {"action": "no_trade", "symbol": "", "amount": 0}, "positions": {}}`,
		`{"date": "2025-10-03", "id": 1, "positions": {}}`,
	)
	last, ok := rec.lastRow(sim.MustParseDate("2025-10-03"))
	require.True(t, ok)
	assert.Equal(t, 1, last.line)

	path := filepath.Join(t.TempDir(), "silent.jsonl")
	require.NoError(t, os.WriteFile(path, []byte(`{"date": "2025-10-03", "positions": {}}`), 0o600))
	_, err := Load(path)
	assert.ErrorContains(t, err, "the recording has no row")
}

func TestRowsOfADateNeedNotBeAdjacent(t *testing.T) {
	rec := file(t,
		`{"date": "2025-10-02", "this_action": {"action": "buy", "symbol": "AAA", "amount": 1}, "positions": {"AAA": 1, "CASH": 9}}`,
		initial,
		`{"date": "2025-10-02", "this_action": {"action": "buy", "symbol": "AAA", "amount": 2}, "positions": {"AAA": 3, "CASH": 7}}`,
	)
	assert.Len(t, rec.orders(sim.MustParseDate("2025-10-02")), 2)
	last, _ := rec.lastRow(sim.MustParseDate("2025-10-01"))
	assert.Equal(t, 2, last.line)
}

func TestLoadNamesFileAndLine(t *testing.T) {
	for bad, want := range map[string]string{
		`{`:                "not a row of a recording",
		`[]`:               "not a row of a recording",
		`{} {}`:            "not a row of a recording",
		`{"date": 5}`:      "not a row of a recording",
		`{"positions":{}}`: "date is missing",
		`{"date": "2025-10-32", "positions": {"CASH": 1}}`:          `date: "2025-10-32" is not a date`,
		`{"date": "2025-10-01 10:00:00", "positions": {"CASH": 1}}`: `date: "2025-10-01 10:00:00" is not a date`,
		`{"date": "2025-10-01"}`:                                    "positions: CASH is missing",
		`{"date": "2025-10-01", "positions": {}, "this_action": {"action": "buy", "symbol": "AAA", "amount": ` +
			`1}}`: "positions: CASH is missing",
		`{"date": "2025-10-01", "positions": {"AAA": 0}}`:                     "positions: CASH is missing",
		`{"date": "2025-10-01", "positions": {"CASH": null}}`:                 "positions: CASH: ",
		`{"date": "2025-10-01", "positions": {"CASH": 1e25}}`:                 "positions: CASH: ",
		`{"date": "2025-10-01", "positions": {"CASH": NaN}}`:                  "not a row of a recording",
		`{"date": "2025-10-01", "positions": {"CASH": 1, "AAA": 0.00000001}}`: `positions: "AAA": "0.00000001" has more than 6 decimals`,
		`{"date": "2025-10-01", "positions": {"CASH": 1}, "this_action": {"action": "short", "symbol": "AAA", "amount": ` +
			`1}}`: `action "short": buy, sell or no_trade is expected`,
		`{"date": "2025-10-01", "positions": {"CASH": 1}, "this_action": {}}`: `action "": buy, sell or no_trade is expected`,
		`{"date": "2025-10-01", "positions": {"CASH": 1}, "this_action": {"action": "buy", "symbol": "\"", "amount": ` +
			`1}}`: `symbol "\"" is not a ticker`,
		`{"date": "2025-10-01", "positions": {"CASH": 1}, "this_action": {"action": "buy", "symbol": ` +
			`"AAA"}}`: `amount: "" is not a decimal number`,
		`{"date": "2025-10-01", "positions": {"CASH": 1}, "this_action": {"action": "buy", "symbol": "AAA", "amount": ` +
			`9999999999999999}}`: "amount: ",
		strings.Repeat(" ", maxLine+1): "the line is longer than 1048576 bytes",
	} {
		path := filepath.Join(t.TempDir(), "position.jsonl")
		require.NoError(t, os.WriteFile(path, []byte(initial+"\n"+bad+"\n"+initial), 0o600))
		_, err := Load(path)
		require.ErrorContains(t, err, "position.jsonl:2: ", "%.200s", bad)
		require.ErrorContains(t, err, want, "%.200s", bad)
		assert.True(t, sim.IsKind(err, sim.KindInvalid))
	}
}

func TestLoadRefusesOtherFiles(t *testing.T) {
	_, err := Load(filepath.Join(t.TempDir(), "nothing.jsonl"))
	assert.True(t, sim.IsKind(err, sim.KindNotFound))
	var known *sim.Error
	require.ErrorAs(t, err, &known)
	assert.Equal(t, `the recording "nothing.jsonl" does not exist: recorded/PATH is expected, absolute or relative to the `+
		`configuration`, known.Message)

	folder := t.TempDir()
	_, err = Load(folder)
	assert.True(t, sim.IsKind(err, sim.KindInvalid), "a folder")
	require.ErrorAs(t, err, &known)
	assert.NotContains(t, known.Message, filepath.Dir(folder), "where it lies is not for everybody to know")

	empty := filepath.Join(t.TempDir(), "empty.jsonl")
	require.NoError(t, os.WriteFile(empty, []byte("\n \n"), 0o600))
	_, err = Load(empty)
	assert.ErrorContains(t, err, "empty.jsonl: the recording has no row")

	_, err = Read("broken.jsonl", iotest.ErrReader(errors.New("disk on fire")))
	assert.ErrorContains(t, err, "broken.jsonl:1: disk on fire")
}

func TestReadLineAcrossBuffers(t *testing.T) {
	long := strings.Repeat("x", 200_000)
	r := bufio.NewReaderSize(strings.NewReader(long+"\nrest"), 64<<10)
	line, err := readLine(r)
	require.NoError(t, err)
	assert.Equal(t, long+"\n", string(line))
}

// FuzzRead feeds the reader anything: it must not panic, and what it accepts
// must be playable.
func FuzzRead(f *testing.F) {
	f.Add(initial)
	f.Add(initial + "\n" + `{"date": "2025-10-02", "this_action": {"action": "buy", "symbol": "AAA", "amount": 3}, ` +
		`"positions": {"AAA": 3, "CASH": 41.93}}`)
	f.Add(`{"date": "2025-10-02", "this_action": {"action": "no-trade"}, "positions": {"AAA": -1e-3, "CASH": "1"}}`)
	f.Fuzz(func(t *testing.T, text string) {
		rec, err := Read("fuzz", strings.NewReader(text))
		if err != nil {
			if !sim.IsKind(err, sim.KindInvalid) {
				t.Fatalf("kind of %v", err)
			}
			return
		}
		for _, d := range rec.dates {
			if _, ok := rec.lastRow(d); !ok {
				t.Fatalf("%s has no last row", d)
			}
			for _, o := range rec.orders(d) {
				if o.order == nil || !sim.ValidSymbol(o.order.symbol) {
					t.Fatalf("line %d is not an order", o.line)
				}
			}
		}
	})
}
