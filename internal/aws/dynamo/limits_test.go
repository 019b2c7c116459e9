package dynamo_test

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/rounds"
	"aitrader/internal/sim"
)

// The limits of the service. The server of these tests enforces them; that it
// does is the business of its own tests.
const (
	maxItem    = 400 << 10
	manyModels = 40
	manyDates  = 1600
)

// noise is text that can be compressed to three quarters of its length, and no
// further.
func noise(seed uint64, length int) string {
	var key [32]byte
	key[0], key[1] = byte(seed), byte(seed>>8)
	random := make([]byte, length*3/4)
	_, _ = rand.NewChaCha8(key).Read(random) // it never fails
	return base64.RawStdEncoding.EncodeToString(random)
}

// TestALongTranscriptPassesTheLimitOfAnItem stores 2 MB that compress to 1.5, or in a
// short run two fifths of that.
func TestALongTranscriptPassesTheLimitOfAnItem(t *testing.T) {
	t.Parallel()
	store, server := newStore(t, nil)
	driver := jobDriver{t, store}
	driver.create("job", testPlan(testDates[:1], "a"), false)
	g := driver.claim("job", "a", testDates[0])
	before := server.Items()
	var transcript []sim.Message
	messages := rounds.Of(t, 12, 30)
	for i := range messages {
		transcript = append(transcript, said(noise(uint64(i), 70_000)))
	}
	driver.commit(g, transcript...)
	got, err := store.Transcript(t.Context(), g.Book, sim.DayRef{Date: testDates[0]})
	require.NoError(t, err)
	assert.Equal(t, transcript, got)
	parts := (messages*52_500 + 299_999) / 300_000 // each message compresses to 52,500 bytes
	assert.Equal(t, before+1+parts, server.Items(), "a day, and a transcript in parts of 300 KB")
	assert.Less(t, server.Largest(), maxItem)
}

// TestADayOfAnySizeIsClosed stores a day that no item could hold: the model's
// last words were long.
func TestADayOfAnySizeIsClosed(t *testing.T) {
	t.Parallel()
	store, server := newStore(t, nil)
	driver := jobDriver{t, store}
	driver.create("job", testPlan(testDates[:2], "a"), false)
	words := map[sim.Date]string{}
	for _, d := range testDates[:2] {
		words[d] = noise(uint64(d), 560_000)
		g := driver.claim("job", "a", d)
		day := driver.day(g)
		day.Session.Summary = words[d]
		require.NoError(t, store.Commit(t.Context(), g, day, nil))
	}
	assert.Less(t, server.Largest(), maxItem)
	for _, f := range []sim.DayFilter{{JobID: "job"}, {Experiment: "main", Limit: 2, Latest: true}} {
		days, err := store.Days(t.Context(), f)
		require.NoError(t, err)
		require.Len(t, days, 2)
		for i, d := range days {
			assert.Equal(t, testDates[i], d.Ref.Date)
			assert.Equal(t, words[d.Ref.Date], d.Session.Summary)
		}
	}
}

func TestADayThatNoTransactionHoldsIsRefused(t *testing.T) {
	t.Parallel()
	store, server := newStore(t, nil)
	driver := jobDriver{t, store}
	driver.create("job", testPlan(testDates[:1], "a"), false)
	g := driver.claim("job", "a", testDates[0])
	day := driver.day(g)
	day.Session.Summary = noise(1, 5_600_000)
	err := store.Commit(t.Context(), g, day, nil)
	assert.Equal(t, sim.KindTooLarge, sim.KindOf(err))
	assert.Contains(t, err.Error(), "4 MB")
	assert.Zero(t, server.Calls()["PutItem"])
	require.NoError(t, store.Fail(t.Context(), g, sim.Failure{Error: "model: it talks too much"}, testNow))
}

// largestJob has as many models and dates as a job may have, with long prompts,
// and replaces many days of earlier jobs.
func largestJob(prompt int) sim.NewJob {
	p := sim.Plan{Dates: sim.DefaultMarket.Bars(sim.MustParseDate("2019-01-02"), sim.MustParseDate("2025-06-30"))[:manyDates]}
	n := sim.NewJob{Job: sim.Job{ID: "large", Experiment: "main", Status: sim.JobPending, CreatedAt: testNow, UpdatedAt: testNow}}
	for i := range manyModels {
		m := fmt.Sprintf("model-%02d", i)
		p.Models = append(p.Models, sim.PlannedSpan{Model: m, From: p.Dates[0], To: p.Dates[manyDates-1]})
		n.Job.Settings.Models = append(n.Job.Settings.Models, sim.ModelSpec{Signature: m, Prompt: noise(uint64(i), prompt)})
		n.Books = append(n.Books, sim.BookPlan{Head: sim.Head{Book: sim.BookKey{Experiment: "main", Model: m}}})
		for _, d := range p.Dates[:manyDates/4] {
			n.Job.Superseded = append(n.Job.Superseded, sim.SupersededDay{Model: m, Date: d, JobID: "ba5eba11-0000-4000-8000-000000000000"})
		}
	}
	n.Job.Plan = p
	n.Idempotency = sim.IdempotencyKey{Key: "k", Request: "r", Expires: testNow.Add(time.Hour)}
	return n
}

// TestTheLargestJob creates, cancels and finishes a job of 40 books: each is one
// transaction of less than 100 items, that of the creation in several parts.
func TestTheLargestJob(t *testing.T) {
	t.Parallel()
	store, server := newStore(t, nil)
	n := largestJob(rounds.Of(t, 12_000, 20_000))
	created, err := store.CreateJob(t.Context(), n)
	require.NoError(t, err)
	assert.Equal(t, n.Job, created)
	assert.Less(t, server.Largest(), maxItem)
	got, err := store.Job(t.Context(), "large")
	require.NoError(t, err)
	assert.Equal(t, n.Job, got)

	driver := jobDriver{t, store}
	first := n.Job.Plan.Dates[0]
	for _, m := range n.Job.Plan.Signatures() {
		driver.claim("large", m, first)
	}
	require.NoError(t, store.CloseDate(t.Context(), "large", first, "lost: gone", testNow), "40 lost model-days and their heads")
	counts, err := store.Counts(t.Context(), "large")
	require.NoError(t, err)
	assert.Equal(t, map[sim.ModelDayStatus]int{sim.ModelDayFailed: manyModels}, counts)
	_, err = store.RequestCancel(t.Context(), "large", testNow)
	require.NoError(t, err)
	driver.finish("large")
	assert.Equal(t, 1+manyModels+1+1+1, server.Calls()["TransactWriteItems"],
		"creating, each claim, closing, cancelling and finishing take one each")
}

func TestAJobThatNoTransactionHoldsIsRefused(t *testing.T) {
	if raceDetector && !rounds.Long() {
		t.Skip("the race detector makes this 5 s of work, and a day is refused in the same way; " + rounds.Variable + "=1 runs it")
	}
	t.Parallel()
	store, server := newStore(t, nil)
	_, err := store.CreateJob(t.Context(), largestJob(140_000))
	assert.Equal(t, sim.KindTooLarge, sim.KindOf(err))
	assert.Zero(t, server.Items(), "nothing of it is stored")
}

// TestFifteenThousandModelDays reads what a job of three years and 20 models has
// left: over many pages of 1 MB, in order, and quickly.
func TestFifteenThousandModelDays(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector makes this a minute's work; `make test-stack` runs it without")
	}
	const models, dates = 20, 750
	store, server := newStore(t, nil)
	p := sim.Plan{Dates: testDates[:dates]}
	for i := range models {
		p.Models = append(p.Models, sim.PlannedSpan{Model: fmt.Sprintf("m-%02d", i), From: p.Dates[0], To: p.Dates[dates-1]})
	}
	require.NoError(t, store.Seed(t.Context(), p))

	mds, err := store.ModelDays(t.Context(), "seeded", sim.ModelDayFilter{})
	require.NoError(t, err)
	require.Len(t, mds, models*dates)
	for i, md := range mds {
		require.Equal(t, sim.ModelDayKey{JobID: "seeded", Date: p.Dates[i/models], Model: p.Models[i%models].Model}, md.ModelDayKey)
	}
	assert.GreaterOrEqual(t, server.Calls()["Query"], 3)
	counts, err := store.Counts(t.Context(), "seeded")
	require.NoError(t, err)
	assert.Equal(t, map[sim.ModelDayStatus]int{sim.ModelDayCompleted: models * dates}, counts)

	before := server.Calls()["Query"]
	days, err := store.Days(t.Context(), sim.DayFilter{JobID: "seeded"})
	require.NoError(t, err)
	require.Len(t, days, models*dates)
	for i, d := range days {
		require.Equal(t, p.Dates[i/models], d.Ref.Date)
		require.Equal(t, p.Models[i%models].Model, d.Book.Model)
	}
	assert.Greater(t, server.Calls()["Query"]-before, models*3/2, "most books are more than a page of 1 MB")

	before = server.Calls()["Query"]
	last, err := store.Days(t.Context(), sim.DayFilter{Experiment: "main", Model: "m-07", Limit: 1, Latest: true})
	require.NoError(t, err)
	require.Len(t, last, 1)
	assert.Equal(t, p.Dates[dates-1], last[0].Ref.Date)
	assert.Equal(t, 2, server.Calls()["Query"]-before, "the heads, and one page")
}

// TestUnitsOfAModelDay measures what a model-day costs, by the published rules,
// with a transcript that compresses to 6 KB. The figures are in docs/aws.md.
func TestUnitsOfAModelDay(t *testing.T) {
	const models = 4
	dates := rounds.Of(t, 8, 25)
	store, server := newStore(t, nil)
	driver := jobDriver{t, store}
	names := []string{"gpt-5-mini", "claude-sonnet", "deepseek-v3", "qwen-max"}
	driver.create("3f0c9d1e-7a44-4f0e-9a53-7d1f0b1f6c2a", testPlan(testDates[:dates], names...), false)
	before := server.Units()
	for i, d := range testDates[:dates] {
		for j, m := range names {
			_, err := store.Job(t.Context(), "3f0c9d1e-7a44-4f0e-9a53-7d1f0b1f6c2a")
			require.NoError(t, err)
			driver.commit(driver.claim("3f0c9d1e-7a44-4f0e-9a53-7d1f0b1f6c2a", m, d), said(noise(uint64(i*models+j), 7_400)))
		}
	}
	used := server.Units()
	read, write := (used.Read-before.Read)/float64(models*dates), (used.Write-before.Write)/float64(models*dates)
	t.Logf("a model-day uses %.2f read units and %.2f write units", read, write)
	assert.LessOrEqual(t, read, 9.0)
	assert.LessOrEqual(t, write, 16.0)

	before = server.Units()
	d := testDates[dates-1]
	require.NoError(t, store.Heartbeat(t.Context(), "3f0c9d1e-7a44-4f0e-9a53-7d1f0b1f6c2a", testNow))
	require.NoError(t, store.CloseDate(t.Context(), "3f0c9d1e-7a44-4f0e-9a53-7d1f0b1f6c2a", d, "lost", testNow))
	used = server.Units()
	t.Logf("a date uses %.2f read units and %.2f write units besides", used.Read-before.Read, used.Write-before.Write)
}

// TestCountingReadsOpenDatesOnly keeps polling cheap: dates that are over are
// counted once.
func TestCountingReadsOpenDatesOnly(t *testing.T) {
	store, server := newStore(t, nil)
	driver := jobDriver{t, store}
	var models []string
	for i := range manyModels {
		models = append(models, fmt.Sprintf("m-%02d", i))
	}
	dates := testDates[:6]
	driver.create("job", testPlan(dates, models...), false)
	for _, d := range dates {
		for _, m := range models {
			driver.commit(driver.claim("job", m, d))
		}
		require.NoError(t, store.CloseDate(t.Context(), "job", d, "lost", testNow))
		before := server.Units()
		counts, err := store.Counts(t.Context(), "job")
		require.NoError(t, err)
		assert.Equal(t, map[sim.ModelDayStatus]int{sim.ModelDayCompleted: manyModels * (indexOf(d) + 1)}, counts)
		assert.LessOrEqual(t, server.Units().Read-before.Read, 2.0)
	}
}

func indexOf(d sim.Date) int {
	for i, x := range testDates {
		if x == d {
			return i
		}
	}
	return -1
}

// TestCountsAreExactWhereADateIsNeverOver closes dates on which a model was never
// claimed, or still runs: those are counted as they are now.
func TestCountsAreExactWhereADateIsNeverOver(t *testing.T) {
	store, _ := newStore(t, nil)
	driver := jobDriver{t, store}
	driver.create("job", testPlan(testDates[:4], "a", "b"), false)
	counted := func(want map[sim.ModelDayStatus]int) {
		t.Helper()
		counts, err := store.Counts(t.Context(), "job")
		require.NoError(t, err)
		assert.Equal(t, want, counts)
	}
	for _, d := range testDates[:2] {
		driver.commit(driver.claim("job", "a", d))
		require.NoError(t, store.CloseDate(t.Context(), "job", d, "lost", testNow))
	}
	counted(map[sim.ModelDayStatus]int{sim.ModelDayCompleted: 2})
	driver.commit(driver.claim("job", "b", testDates[1]))
	counted(map[sim.ModelDayStatus]int{sim.ModelDayCompleted: 3})
	g, err := driver.tryClaim("job", "b", testDates[0])
	require.NoError(t, err)
	require.Equal(t, sim.ModelDaySkipped, g.Done.Status)
	counted(map[sim.ModelDayStatus]int{sim.ModelDayCompleted: 3, sim.ModelDaySkipped: 1})
	driver.claim("job", "b", testDates[2])
	driver.finish("job")
	counted(map[sim.ModelDayStatus]int{sim.ModelDayCompleted: 3, sim.ModelDaySkipped: 1, sim.ModelDayFailed: 1})
}

func TestManySymbolsOfADatePassTheLimitOfAnItem(t *testing.T) {
	t.Parallel()
	store, server := newStore(t, nil)
	set := sim.PriceRows{Source: "wide.csv"}
	random := rand.New(rand.NewPCG(1, 2))
	for i := range rounds.Of(t, 8_000, 12_000) {
		price := sim.Money(random.Int64N(1 << 40))
		symbol := "X" + strings.ToUpper(fmt.Sprintf("%x", random.Uint32())) + fmt.Sprint(i%10)
		set.Bars = append(set.Bars, sim.SymbolBar{Symbol: symbol, Date: testDates[0], Bar: sim.Bar{
			Open: price + 1, High: price + sim.Money(random.Int64N(1<<40)) + 9, Low: price + 2,
			Close: price + sim.Money(random.Int64N(1<<40)) + 3, Volume: random.Int64N(1 << 50),
		}})
	}
	set, _ = set.Settled()
	report, err := store.PutPrices(t.Context(), set, testNow)
	require.NoError(t, err)
	assert.Equal(t, len(set.Bars), report.Added)
	assert.Greater(t, server.Items(), 2)
	assert.Less(t, server.Largest(), maxItem)
	market, err := store.MarketData(t.Context())
	require.NoError(t, err)
	for _, row := range set.Bars {
		got, ok := market.Bar(row.Symbol, row.Date)
		require.True(t, ok)
		require.Equal(t, row.Bar, got)
	}
}

// TestOnlyKnownOperationsAreRequested lists the operations of all writes and reads: no
// scan, no index, and no update that a condition cannot guard.
func TestOnlyKnownOperationsAreRequested(t *testing.T) {
	store, server := newStore(t, nil)
	driver := jobDriver{t, store}
	driver.writeEverything()
	driver.dump()
	calls := server.Calls()
	for _, known := range append([]string{"CreateTable", "DescribeTable", "UpdateTimeToLive"}, everyOperation...) {
		assert.Positive(t, calls[known], known)
		delete(calls, known)
	}
	assert.Empty(t, calls)
}
