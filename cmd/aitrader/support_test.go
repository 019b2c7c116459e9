package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

// shop is a folder with a store and configurations, in which a test calls the
// program.
type shop struct {
	t   testing.TB
	dir string
	env map[string]string
}

func newShop(t testing.TB) *shop {
	s := &shop{t: t, dir: t.TempDir(), env: map[string]string{}}
	s.env["AITRADER_DATA"] = s.path("data")
	s.env["AITRADER_CONFIG_DIR"] = s.path("configs")
	require.NoError(t, os.Mkdir(s.path("configs"), 0o755))
	return s
}

func (s *shop) path(name string) string { return filepath.Join(s.dir, name) }

// write writes a file and returns its path.
func (s *shop) write(name, text string) string {
	s.t.Helper()
	path := s.path(name)
	require.NoError(s.t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(s.t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// said is the outcome of a call of the program.
type said struct {
	code     int
	out, err string
}

// call calls the program in this process.
func (s *shop) call(args ...string) said {
	var out, errs bytes.Buffer
	p := &program{stdout: &out, stderr: &errs, env: func(name string) string { return s.env[name] }, now: time.Now}
	code := p.main(s.t.Context(), append(args, "--data", s.env["AITRADER_DATA"]))
	return said{code, out.String(), errs.String()}
}

// ok expects success.
func (s *shop) ok(args ...string) said {
	s.t.Helper()
	r := s.call(args...)
	require.Zero(s.t, r.code, "%s\n%s", r.out, r.err)
	return r
}

// refused expects exit code 1, no output, and words in the error.
func (s *shop) refused(words []string, args ...string) {
	s.t.Helper()
	r := s.call(args...)
	require.Equal(s.t, exitFailed, r.code, r.out)
	require.Empty(s.t, r.out)
	for _, word := range words {
		require.Contains(s.t, r.err, word)
	}
}

// json expects one JSON object as the output, and nothing else.
func (s *shop) json(args ...string) map[string]any {
	s.t.Helper()
	r := s.ok(append(args, "--json")...)
	d := json.NewDecoder(strings.NewReader(r.out))
	var v map[string]any
	require.NoError(s.t, d.Decode(&v), r.out)
	require.False(s.t, d.More(), r.out)
	return v
}

var symbols = []string{"AAA", "BBB", "CCC", "DDD", "EEE", "FFF", "QQQ"}

// marketCSV returns invented prices of some trading days from a date on.
func marketCSV(from string, days int) (csv string, dates []sim.Date) {
	random := rand.New(rand.NewPCG(1, 2))
	price := map[string]int64{}
	var b strings.Builder
	b.WriteString("symbol,date,open,high,low,close,volume\n")
	for d := sim.MustParseDate(from); len(dates) < days; d = sim.DefaultMarket.NextBar(d) {
		dates = append(dates, d)
		for i, symbol := range symbols {
			if price[symbol] == 0 {
				price[symbol] = int64(2000 + 700*i)
			}
			open := max(price[symbol]+random.Int64N(121)-60, 500)
			closing := max(open+random.Int64N(121)-60, 500)
			price[symbol] = closing
			fmt.Fprintf(&b, "%s,%s,%s,%s,%s,%s,1000\n", symbol, d, cents(open), cents(max(open, closing)+7),
				cents(min(open, closing)-7), cents(closing))
		}
	}
	return b.String(), dates
}

func cents(n int64) string { return fmt.Sprintf("%d.%02d", n/100, n%100) }

// open imports a small market and writes a configuration of built-in models. It
// returns the dates.
func (s *shop) open(days int) []sim.Date {
	s.t.Helper()
	csv, dates := marketCSV("2025-01-02", days)
	s.write("configs/default.json", `{"models":[
		{"signature":"equal","name":"Equal weight","basemodel":"builtin/equal-weight"},
		{"signature":"random","basemodel":"builtin/random?seed=3"},
		{"signature":"off","basemodel":"builtin/cash","enabled":false}]}`)
	s.ok("prices", "import", s.write("market.csv", csv))
	return dates
}
