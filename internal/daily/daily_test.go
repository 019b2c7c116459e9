package daily

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

func TestATimeOfDayIsAfterTheEndOfTheTradingDay(t *testing.T) {
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

// Clocks go forward on 8 March 2026 and back on 1 November.
func TestTheEveningFollowsDaylightSavingTime(t *testing.T) {
	t.Parallel()
	for date, want := range map[string]string{
		"2026-03-06": "2026-03-06T23:30:00Z", "2026-03-09": "2026-03-09T22:30:00Z",
		"2026-10-30": "2026-10-30T22:30:00Z", "2026-11-02": "2026-11-02T23:30:00Z",
	} {
		assert.Equal(t, want, TimeOfDay{18, 30}.on(sim.MustParseDate(date)).UTC().Format(time.RFC3339))
	}
}

// Monday, 1 September 2025, is Labor Day.
func TestEachTradingDayTriggersOnceAndNoOtherDay(t *testing.T) {
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

// The catch-up of the last evening includes those before it.
func TestAComputerThatSleptForDaysCatchesUpOnce(t *testing.T) {
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

func TestLateBarsAreAwaited(t *testing.T) {
	t.Parallel()
	e := newEvenings(t, "2025-10-01 18:30")
	e.put("2025-09-30", "A", "B", "C", "D")
	e.start()
	assert.Empty(t, e.triggered())
	e.moveTo("2025-10-01 18:34")
	assert.Equal(t, 1, e.asked["2025-10-01"], "not before the interval is over")
	e.moveTo("2025-10-01 18:35")
	assert.Equal(t, 2, e.asked["2025-10-01"])
	// The vendor delivers them in two portions.
	e.offer("2025-10-01", "AB", "CD")
	e.moveTo("2025-10-01 18:40")
	assert.Equal(t, []string{"2025-10-01 18:40"}, e.triggered())
	assert.Equal(t, 4, e.asked["2025-10-01"], "after progress it asks for the rest at once")
	assert.Contains(t, e.logged(), `msg="waiting for the bars of the day" date=2025-10-01 missing=4 again_after=5m0s`)
	assert.Contains(t, e.logged(), `msg="catch-up triggered" date=2025-10-01`)
}

func TestASymbolThatNeverArrivesDelaysNothing(t *testing.T) {
	t.Parallel()
	e := newEvenings(t, "2025-10-01 18:30")
	e.offer("2025-10-01", "ABC")
	e.start()
	assert.Empty(t, e.triggered())
	e.moveTo("2025-10-01 18:35")
	assert.Equal(t, []string{"2025-10-01 18:35"}, e.triggered())
	assert.Contains(t, e.logged(), "continuing without them")
	// It did not trade the day before, so the evening does not wait for it.
	e.offer("2025-10-02", "ABC")
	e.put("2025-09-30", "D")
	e.moveTo("2025-10-02 18:30")
	assert.Equal(t, []string{"2025-10-02 18:30"}, e.triggered())
}

// The next evening does the rest.
func TestAfterTheLimitTheCatchUpRunsWithTheStoredBars(t *testing.T) {
	t.Parallel()
	e := newEvenings(t, "2025-10-01 18:30")
	e.outcome = sim.TriggerCurrent
	e.start()
	e.moveTo("2025-10-01 22:29")
	assert.Empty(t, e.triggered())
	e.moveTo("2025-10-01 22:34")
	assert.Equal(t, []string{"2025-10-01 22:34"}, e.triggered())
	assert.Contains(t, e.logged(), "have not arrived in time")
	assert.Contains(t, e.logged(), "nothing is missing")
}

func TestWithoutASourceOfPricesTheImportIsAwaited(t *testing.T) {
	t.Parallel()
	e := newEvenings(t, "2025-10-01 18:30")
	e.source = ""
	e.outcome = sim.TriggerSame
	e.start()
	e.put("2025-10-01", "A", "B", "C", "D")
	e.moveTo("2025-10-01 18:35")
	assert.Equal(t, []string{"2025-10-01 18:35"}, e.triggered())
	assert.Empty(t, e.asked)
	assert.Contains(t, e.logged(), "an active job already does the catch-up")
}

func TestARefusedTriggerIsRepeated(t *testing.T) {
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

func TestAConfigurationThatIsRepairedDuringTheEveningIsUsed(t *testing.T) {
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
