package prices_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

// answer is an Alpha Vantage answer with the given days.
func answer(symbol, days string) string {
	return `{"Meta Data": {"1. Information": "Daily Prices", "2. Symbol": "` + symbol + `"}, "Time Series (Daily)": {` + days + `}}`
}

const fullDay = `{"1. open": "10.0", "2. high": "12.0", "3. low": "9", "4. close": "11.5000", "5. volume": "700"}`

func TestReadsAlphaVantage(t *testing.T) {
	want := []sim.SymbolBar{{Symbol: "AAA", Date: sim.MustParseDate("2025-10-01"),
		Bar: sim.Bar{Open: 100_000, High: 120_000, Low: 90_000, Close: 115_000, Volume: 700}}}
	for name, text := range map[string]string{
		"daily":           answer("aaa", `"2025-10-01": `+fullDay),
		"numbers":         answer("AAA", `"2025-10-01": {"1. open": 10.0, "2. high": 12, "3. low": 9, "4. close": 11.5, "5. volume": 7e2}`),
		"meta data later": `{"Time Series (Daily)": {"2025-10-01": ` + fullDay + `}, "Meta Data": {"2. Symbol": "AAA"}}`,
		"AI-Trader names": answer("AAA", `"2025-10-01": {"2. high": "12.0", "3. low": "9", "5. volume": "700", "1. buy price": `+
			`"10", "4. sell price": "11.5"}`),
		"null": answer("AAA", `"2025-10-01": {"1. open": "10", "2. high": "12", "3. low": "9", "4. close": "11.5", `+
			`"5. volume": null, "6. volume": "700"}`),
		"same figure": answer("AAA", `"2025-10-01": {"1. open": "10", "1. open": "10", "2. high": "12", "3. low": "9", "4. `+
			`close": "11.5", "5. volume": "700"}`),
		"a note as well": strings.Replace(answer("AAA", `"2025-10-01": `+fullDay), `{"Meta`, `{"Note": "slow down", "Meta`, 1),
	} {
		t.Run(name, func(t *testing.T) {
			set := mustRead(t, text)
			assert.Equal(t, want, set.Bars)
			assert.Empty(t, set.Warnings)
		})
	}
}

func TestReadsMergedLines(t *testing.T) {
	set := mustRead(t, answer("AAA", `"2025-10-02": {"1. buy price": "10.5"}, "2025-10-01": `+fullDay)+"\n"+
		answer("BBB", `"2025-10-02": {"1. buy price": "20"}`)+"\n")
	require.Len(t, set.Bars, 3)
	assert.Equal(t, sim.Bar{Open: 105_000, OpenOnly: true}, set.Bars[0].Bar)
	assert.False(t, set.Bars[1].Bar.OpenOnly)
	assert.Equal(t, "BBB", set.Bars[2].Symbol)
}

func TestReadsTheAdjustedVariant(t *testing.T) {
	set := mustRead(t, answer("AAA", `"2025-10-01": {"1. open": "10", "2. high": "12", "3. low": "9", "4. close": "11.5",
		"5. adjusted close": "5.75", "6. volume": "700", "7. dividend amount": "0.2400", "8. split coefficient": "2.0", "9. mood": "good"},
		"2025-09-30": {"1. open": "10", "2. high": "12", "3. low": "9", "4. close": "11.5",
		"5. adjusted close": "5.75", "6. volume": "700", "7. dividend amount": "0.0000", "8. split coefficient": "1.0"}`))
	assert.Equal(t, sim.Money(115_000), set.Bars[0].Bar.Close, "raw, not adjusted")
	assert.Equal(t, []sim.Split{{Symbol: "AAA", ExDate: sim.MustParseDate("2025-10-01"), Numerator: 2, Denominator: 1}}, set.Splits)
	assert.Equal(t, []sim.Dividend{{Symbol: "AAA", ExDate: sim.MustParseDate("2025-10-01"), Amount: 24_000_000}}, set.Dividends)
	assert.Equal(t, []string{"ignored, because they are not known: 9. mood"}, set.Warnings)
}

func TestRefusesBadJSON(t *testing.T) {
	day := func(fields string) string { return answer("AAA", "\n"+`"2025-10-01": {`+fields+`}`) }
	for name, tc := range map[string]struct {
		text string
		want []string
	}{
		"note": {`{"Note": "Thank you for using Alpha Vantage!"}`, []string{"Alpha Vantage says: Thank you"}},
		"key": {`{"Information": "We have detected your API key as SECRET123 and our rate limit is 25"}`,
			[]string{"API key as (hidden) and our rate"}},
		"error":           {`{"Error Message": "Invalid API call."}`, []string{"Invalid API call."}},
		"long message":    {`{"Error Message": "` + strings.Repeat("é", 1000) + `"}`, []string{"..."}},
		"message of list": {`{"Note": ["x"]}`, []string{`has no "Time Series (Daily)", only "Note"`}},
		"nothing":         {`{}`, []string{"only nothing"}},
		"news":            {`{"items": "20", "feed": [], "c": 1, "d": 1, "e": 1, "f": 1}`, []string{`only "items", "feed"`}},
		"weekly":          {`{"Meta Data": {"2. Symbol": "AAA"}, "Weekly Time Series": {}}`, []string{`"Weekly Time Series"`}},
		"no symbol":       {`{"Time Series (Daily)": {}}`, []string{`["Meta Data"]["2. Symbol"]`}},
		"no days":         {answer("AAA", ""), []string{"no rows"}},
		"symbol":          {answer("A A", ""), []string{`["Meta Data"]["2. Symbol"]`, `"A A"`}},
		"symbol type":     {`{"Meta Data": {"2. Symbol": {}}}`, []string{`["Meta Data"]["2. Symbol"]`, "a number or a text"}},
		"meta type":       {`{"Meta Data": 5}`, []string{`["Meta Data"]`, `"5"`, "an object is expected"}},
		"series type":     {`{"Time Series (Daily)": []}`, []string{`["Time Series (Daily)"]`, "an object"}},
		"day type":        {answer("AAA", `"2025-10-01": 4`), []string{`["2025-10-01"]`, `"4"`, "an object"}},
		"date":            {answer("AAA", `"2025-10-01 10:00:00": {}`), []string{`["Time Series (Daily)"]["2025-10-01 10:00:00"]`, "YYYY-MM-DD"}},
		"price":           {day(`"1. open": "ten"`), []string{`line 2, ["Time Series (Daily)"]["2025-10-01"]["1. open"]: "ten"`, "above 0"}},
		"buy price":       {day(`"1. buy price": "0"`), []string{`["1. buy price"]: "0"`}},
		"value type":      {day(`"1. open": [1]`), []string{`["1. open"]`, "a number or a text"}},
		"no open":         {day(``), []string{`["1. open"]: ""`}},
		"two figures":     {day(`"1. open": "1", "1. open": "2"`), []string{`["1. open"]: "2"`, `"1"`}},
		"split":           {day(`"1. open": "1", "8. split coefficient": "0"`), []string{`["8. split coefficient"]: "0"`}},
		"dividend":        {day(`"1. open": "1", "7. dividend amount": "-1"`), []string{`["7. dividend amount"]: "-1"`}},
		"high below low": {day(`"1. open": "1", "2. high": "1", "3. low": "2", "4. close": "1", "5. volume": "1"`),
			[]string{`["2025-10-01"]: high 1 is below low 2`}},
		"day twice": {answer("AAA", `"2025-10-01": {"1. open": "1"},`+"\n"+`"2025-10-01": {"1. open": "2"}`),
			[]string{"line 2", "AAA 2025-10-01", "on line 1"}},
		"symbol twice": {answer("AAA", `"2025-10-01": {"1. open": "1"}`) + "\n" + answer("AAA", `"2025-10-01": {"1. open": "2"}`),
			[]string{"line 2", "on line 1"}},
		"second line":   {answer("AAA", `"2025-10-01": {"1. open": "1"}`) + "\n[]", []string{"line 2", "an object is expected"}},
		"broken":        {answer("AAA", `"2025-10-01": {"1. open": "1"}`) + "\n{]", []string{"line 2", "the JSON is broken"}},
		"broken value":  {"{\n\"x\": tru}", []string{"line 2", "the JSON is broken"}},
		"broken number": {"{\"Meta Data\": \n{\"2. Symbol\": 01}}", []string{"line 2", "the JSON is broken"}},
		"number as key": {"{5: 1}", []string{"line 1", "JSON is broken"}},
		"cut":           {"{\"Meta Data\": {\n\"2. Symbol\": \"A\"", []string{"line 2", "ends in the middle"}},
		"cut value":     {"{\"x\": ", []string{"ends in the middle"}},
		"cut meta":      {`{"Meta Data": `, []string{"ends in the middle"}},
		"cut symbol":    {`{"Meta Data": {"2. Symbol": `, []string{"ends in the middle"}},
	} {
		t.Run(name, func(t *testing.T) {
			set, err := read(tc.text)
			require.Error(t, err)
			assert.Empty(t, set.Bars)
			assert.Equal(t, sim.KindInvalid, sim.KindOf(err))
			assert.NotContains(t, err.Error(), "SECRET123")
			for _, want := range append(tc.want, "test.file") {
				assert.ErrorContains(t, err, want)
			}
		})
	}
}
