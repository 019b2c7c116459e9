package daily

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

func TestTimeOfDay(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"16:30", "18:30", "23:59"} {
		got, err := ParseTimeOfDay(good)
		require.NoError(t, err)
		assert.Equal(t, good, got.String())
	}
	for _, bad := range []string{"", "18", "8:30", "18:30:00", "24:00", "16:29", "09:30", "18.30", "6pm"} {
		_, err := ParseTimeOfDay(bad)
		require.ErrorContains(t, err, `"`+bad+`"`)
		assert.True(t, sim.IsKind(err, sim.KindInvalid))
	}
}

// Clocks go forward on 8 March 2026 and back on 1 November: the evening is at the
// same time of the clocks, and another instant.
func TestTheEveningIsAtTheTimeOfTheClocks(t *testing.T) {
	t.Parallel()
	for date, want := range map[string]string{
		"2026-03-06": "2026-03-06T23:30:00Z", "2026-03-09": "2026-03-09T22:30:00Z",
		"2026-10-30": "2026-10-30T22:30:00Z", "2026-11-02": "2026-11-02T23:30:00Z",
	} {
		assert.Equal(t, want, TimeOfDay{18, 30}.on(sim.MustParseDate(date), newYork).UTC().Format(time.RFC3339))
	}
}

// Labor Day and the weekend before it are nothing; an evening comes once.
func TestOneTriggerEachTradingDay(t *testing.T) {
	t.Parallel()
	e := newEvenings(t, "2025-08-28 12:00")
	for _, d := range []string{"2025-08-27", "2025-08-28", "2025-08-29", "2025-09-02"} {
		e.offer(d, "ABCD")
	}
	e.start()
	assert.Equal(t, []string{"2025-08-28 12:00"}, e.triggered(), "the evening before is caught up at the start")
	e.moveTo("2025-08-28 18:29")
	assert.Empty(t, e.triggered())
	for _, evening := range []string{"2025-08-28 18:30", "2025-08-29 18:31"} {
		e.moveTo(evening)
		assert.Equal(t, []string{evening}, e.triggered())
	}
	for _, nothing := range []string{"2025-08-29 23:00", "2025-08-30 18:30", "2025-08-31 18:30", "2025-09-01 18:30", "2025-09-02 18:29"} {
		e.moveTo(nothing)
		assert.Empty(t, e.triggered(), nothing)
	}
	e.moveTo("2025-09-02 18:30")
	assert.Equal(t, []string{"2025-09-02 18:30"}, e.triggered())
	assert.Equal(t, map[string]int{"2025-08-27": 1, "2025-08-28": 1, "2025-08-29": 1, "2025-09-02": 1}, e.asked)
}

// A computer that slept for days catches up the last evening, which is a catch-up
// of those before.
func TestEveningsThatWereSleptThrough(t *testing.T) {
	t.Parallel()
	e := newEvenings(t, "2025-10-01 19:00")
	e.offer("2025-10-01", "ABCD")
	for _, d := range []string{"2025-10-02", "2025-10-03", "2025-10-06", "2025-10-07"} {
		e.offer(d, "ABCD")
	}
	e.start()
	e.triggered()
	e.moveTo("2025-10-08 10:00")
	assert.Equal(t, []string{"2025-10-08 10:00"}, e.triggered())
	assert.Equal(t, map[string]int{"2025-10-01": 1, "2025-10-02": 1, "2025-10-03": 1, "2025-10-06": 1, "2025-10-07": 1}, e.asked)
}

func TestBarsThatComeLateAreWaitedFor(t *testing.T) {
	t.Parallel()
	e := newEvenings(t, "2025-10-01 18:30")
	e.put("2025-09-30", "A", "B", "C", "D")
	e.start()
	assert.Empty(t, e.triggered())
	e.moveTo("2025-10-01 18:34")
	assert.Equal(t, 1, e.asked["2025-10-01"], "not before the interval is over")
	e.moveTo("2025-10-01 18:35")
	assert.Equal(t, 2, e.asked["2025-10-01"])
	// The vendor has them in two portions, and then all are there.
	e.offer("2025-10-01", "AB", "CD")
	e.moveTo("2025-10-01 18:40")
	assert.Equal(t, []string{"2025-10-01 18:40"}, e.triggered())
	assert.Equal(t, 4, e.asked["2025-10-01"], "what came lets it ask for the rest at once")
	assert.Contains(t, e.logged(), `msg="waiting for the bars of the day" date=2025-10-01 missing=4 again_after=5m0s`)
	assert.Contains(t, e.logged(), `msg="catch-up triggered" date=2025-10-01`)
}

func TestASymbolThatStaysAwayHoldsNothingUp(t *testing.T) {
	t.Parallel()
	e := newEvenings(t, "2025-10-01 18:30")
	e.offer("2025-10-01", "ABC")
	e.start()
	assert.Empty(t, e.triggered())
	e.moveTo("2025-10-01 18:35")
	assert.Equal(t, []string{"2025-10-01 18:35"}, e.triggered())
	assert.Contains(t, e.logged(), "it goes on without them")
	// It did not trade the day before, so that nobody waits for it now.
	e.offer("2025-10-02", "ABC")
	e.put("2025-09-30", "D")
	e.moveTo("2025-10-02 18:30")
	assert.Equal(t, []string{"2025-10-02 18:30"}, e.triggered())
}

// After the limit what is there is caught up, and the next evening has the rest.
func TestTheLimit(t *testing.T) {
	t.Parallel()
	e := newEvenings(t, "2025-10-01 18:30")
	e.outcome = sim.TriggerCurrent
	e.start()
	e.moveTo("2025-10-01 22:29")
	assert.Empty(t, e.triggered())
	e.moveTo("2025-10-01 22:34")
	assert.Equal(t, []string{"2025-10-01 22:34"}, e.triggered())
	assert.Contains(t, e.logged(), "have not come in time")
	assert.Contains(t, e.logged(), "nothing is missing")
}

// Without a source of prices somebody imports the bars.
func TestBarsThatAreImported(t *testing.T) {
	t.Parallel()
	e := newEvenings(t, "2025-10-01 18:30")
	e.source = ""
	e.outcome = sim.TriggerSame
	e.start()
	e.put("2025-10-01", "A", "B", "C", "D")
	e.moveTo("2025-10-01 18:35")
	assert.Equal(t, []string{"2025-10-01 18:35"}, e.triggered())
	assert.Empty(t, e.asked)
	assert.Contains(t, e.logged(), "an active job does the catch-up already")
}

func TestATriggerThatIsRefusedIsRepeated(t *testing.T) {
	t.Parallel()
	e := newEvenings(t, "2025-10-01 18:30")
	e.offer("2025-10-01", "ABCD")
	busy := sim.Errorf(sim.KindConflict, "another job is active")
	e.answers = []error{busy, busy}
	e.start()
	e.moveTo("2025-10-01 18:35")
	e.moveTo("2025-10-01 18:40")
	assert.Equal(t, []string{"2025-10-01 18:30", "2025-10-01 18:35", "2025-10-01 18:40"}, e.triggered())
	assert.Contains(t, e.logged(), "another job is active")

	e.answers = []error{busy, busy}
	e.offer("2025-10-02", "ABCD")
	e.moveTo("2025-10-02 18:30")
	e.moveTo("2025-10-02 23:00")
	assert.Len(t, e.triggered(), 2)
	assert.Contains(t, e.logged(), "given up until the next evening")
	e.offer("2025-10-03", "ABCD")
	e.moveTo("2025-10-03 18:30")
	assert.Len(t, e.triggered(), 1)
}

// A configuration that cannot be read is somebody's to mend, in the time that is
// left of the evening.
func TestABrokenConfiguration(t *testing.T) {
	t.Parallel()
	e := newEvenings(t, "2025-10-01 18:30")
	e.offer("2025-10-01", "ABCD")
	e.broken = errors.New("not JSON from byte 7 on")
	e.start()
	assert.Contains(t, e.logged(), "not JSON from byte 7 on")
	e.mu.Lock()
	e.broken = nil
	e.mu.Unlock()
	e.moveTo("2025-10-01 18:35")
	assert.Equal(t, []string{"2025-10-01 18:35"}, e.triggered())
}
