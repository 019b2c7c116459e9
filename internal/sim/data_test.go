package sim

import (
	"aitrader/internal/realdata"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// golden reads one case of the worked-out baselines.
func golden(t *testing.T, name string, into any) {
	t.Helper()
	var all map[string]json.RawMessage
	require.NoError(t, json.NewDecoder(realdata.Open(t, "golden/engine_baselines.json")).Decode(&all))
	require.Contains(t, all, name)
	require.NoError(t, json.Unmarshal(all[name], into))
}

// sharedCSV reads the rows of a CSV file, without its header.
func sharedCSV(t *testing.T, name string) [][]string {
	t.Helper()
	rows, err := csv.NewReader(realdata.Open(t, name)).ReadAll()
	require.NoError(t, err)
	return rows[1:]
}

// twoYears reads the bars of the named symbols, the splits of all and the
// dividends of AAPL from the two-year data.
func twoYears(t *testing.T, symbols ...string) *MarketData {
	t.Helper()
	zip, err := gzip.NewReader(realdata.Open(t, "us_daily_2y/ndx_daily_2024-01_2025-12.csv.gz"))
	require.NoError(t, err)
	rows, err := csv.NewReader(zip).ReadAll()
	require.NoError(t, err)
	wanted := map[string]bool{}
	for _, s := range symbols {
		wanted[s] = true
	}
	var bars []SymbolBar
	for _, r := range rows[1:] {
		if wanted[r[0]] {
			volume, err := strconv.ParseInt(r[6], 10, 64)
			require.NoError(t, err)
			bars = append(bars, SymbolBar{r[0], MustParseDate(r[1]), Bar{
				Open: usd(r[2]), High: usd(r[3]), Low: usd(r[4]), Close: usd(r[5]), Volume: volume,
			}})
		}
	}
	var splits []Split
	for _, r := range sharedCSV(t, "us_daily_2y/splits_2024_2025.csv") {
		ratio, err := strconv.ParseInt(r[2], 10, 64)
		require.NoError(t, err)
		splits = append(splits, Split{Symbol: r[0], ExDate: MustParseDate(r[1]), Numerator: ratio, Denominator: 1})
	}
	var dividends []Dividend
	for _, r := range sharedCSV(t, "us_daily_2y/dividends_AAPL.csv") {
		amount, err := ParsePerShare(r[2])
		require.NoError(t, err)
		dividends = append(dividends, Dividend{Symbol: r[0], ExDate: MustParseDate(r[1]), Amount: amount})
	}
	return NewMarketData("two years", bars, splits, dividends)
}

// usd is ParseMoney for constants in tests.
func usd(s string) Money { return must(ParseMoney(s)) }

// day is MustParseDate for constants in tests.
func day(s string) Date { return MustParseDate(s) }

// dayOrNone is day, and no date for "".
func dayOrNone(s string) Date {
	if s == "" {
		return 0
	}
	return day(s)
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func shares(n int64) Quantity { return Quantity(n) * Share }

// requireKind asserts the kind of an error and a part of its message.
func requireKind(t require.TestingT, err error, kind Kind, message string) {
	require.Error(t, err)
	require.Equal(t, kind, KindOf(err), "%v", err)
	require.ErrorContains(t, err, message)
}
