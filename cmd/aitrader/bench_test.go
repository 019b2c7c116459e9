package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"aitrader/internal/realdata"
	"aitrader/internal/sim"
)

// The benchmarks of this file run the real program, as a process, on two years
// of daily prices of 101 symbols.

// BenchmarkImport reports how long `aitrader prices import` takes to bring the
// two years into a new store: the start of the program, reading, and a durable
// commit.
func BenchmarkImport(b *testing.B) {
	file := twoYears(b)
	for b.Loop() {
		b.StopTimer()
		s := newShop(b)
		b.StartTimer()
		s.importFile(file)
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkMemory reports the resident memory of the service with the two years
// loaded: after a job over a month of them, and questions that read all prices.
func BenchmarkMemory(b *testing.B) {
	file := twoYears(b)
	var now, peak float64
	for b.Loop() {
		s := newShop(b)
		s.importFile(file)
		p, address := s.serve()
		code, job := ask(b, http.MethodPost, address+"/simulate/trigger", `{"start_date":"2025-10-01","end_date":"2025-10-31"}`)
		require.Equal(b, http.StatusAccepted, code, job)
		require.Equal(b, "completed", finished(b, address, job["job_id"].(string))["status"])
		for _, path := range []string{"/health", "/leaderboard", "/prices/coverage"} {
			code, answer := ask(b, http.MethodGet, address+path, "")
			require.Equal(b, http.StatusOK, code, answer)
		}
		now, peak = max(now, p.memory("VmRSS")), max(peak, p.memory("VmHWM"))
		p.signal(syscall.SIGTERM)
		code, errs := p.end()
		require.Zero(b, code, errs)
	}
	b.ReportMetric(now, "MB")
	b.ReportMetric(peak, "MB-peak")
	b.ReportMetric(0, "ns/op")
}

// importFile imports a file in a process of its own.
func (s *shop) importFile(file string) {
	s.t.Helper()
	code, errs := s.start("prices", "import", file).end()
	require.Zero(s.t, code, errs)
}

// memory returns what the kernel says of a process in megabytes.
func (p *process) memory(field string) float64 {
	p.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Process.Pid))
	if err != nil {
		p.t.Skipf("the memory of a process is read where Linux says it: %v", err)
	}
	_, rest, found := strings.Cut(string(text), "\n"+field+":")
	require.True(p.t, found, "%s", text)
	kilobytes, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
	require.NoError(p.t, err)
	return kilobytes * 1024 / 1e6
}

// twoYears returns the real file where the test data is, and otherwise one of
// the same shape with invented prices. It builds the program, so that no
// benchmark times that.
func twoYears(b *testing.B) (file string) {
	b.Helper()
	_, err := build()
	require.NoError(b, err)
	if file, ok := realdata.Find(b, "us_daily_2y/ndx_daily_2024-01_2025-12.csv.gz"); ok {
		return file
	}
	file = filepath.Join(b.TempDir(), "synthetic.csv.gz")
	require.NoError(b, os.WriteFile(file, syntheticTwoYears(b), 0o600))
	return file
}

func syntheticTwoYears(b *testing.B) []byte {
	b.Helper()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	fmt.Fprintln(w, "symbol,date,open,high,low,close,volume,source")
	dates := sim.DefaultMarket.Bars(sim.MustParseDate("2024-01-02"), sim.MustParseDate("2025-11-28"))
	for i := range 101 {
		symbol := fmt.Sprintf("S%03d", i)
		if i == 0 {
			symbol = "QQQ"
		}
		for k, d := range dates {
			price := int64(10_000 + 700*i + 97*k%1500)
			fmt.Fprintf(w, "%s,%s,%s00,%s00,%s00,%s00,%d,invented\n", symbol, d, cents(price), cents(price+90), cents(price-90),
				cents(price+31), 1_000_000+k)
		}
	}
	require.NoError(b, w.Close())
	return packed.Bytes()
}
