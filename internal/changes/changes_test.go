package changes

import (
	"reflect"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"aitrader/internal/sim"
)

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func TestAChangeAfterAQuietTimeWakesAllReadersAtOnce(t *testing.T) {
	t.Parallel()
	var s Signal
	s.Announce() // no reader waits
	first, second := s.Next(), s.Next()
	assert.False(t, isClosed(first), "an earlier change wakes no later reader")
	s.Announce()
	assert.True(t, isClosed(first))
	assert.True(t, isClosed(second))
	assert.False(t, isClosed(s.Next()))
}

func TestManyChangesWakeAReaderOncePerGap(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var s Signal
		began, wakeUps := time.Now(), 0
		done := make(chan struct{})
		go func() {
			defer close(done)
			for time.Since(began) < time.Second {
				<-s.Next()
				wakeUps++
			}
		}()
		for range 2000 {
			time.Sleep(time.Millisecond)
			s.Announce()
		}
		<-done
		assert.InDelta(t, int(time.Second/minGap), wakeUps, 1)
	})
}

func TestTheLastChangeOfManyIsNotMissed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var s Signal
		var mu sync.Mutex
		state, seen := 0, -1
		go func() {
			for seen < 500 {
				next := s.Next()
				mu.Lock()
				seen = state
				mu.Unlock()
				if seen < 500 {
					<-next
				}
			}
		}()
		for range 500 {
			mu.Lock()
			state++
			mu.Unlock()
			s.Announce()
		}
		time.Sleep(2 * minGap)
		synctest.Wait()
		assert.Equal(t, 500, seen)
	})
}

// A method that is new in the store must be announced, or be listed here because it
// changes no job.
func TestEveryWriteOfAJobIsAnnounced(t *testing.T) {
	t.Parallel()
	quiet := []string{
		"JobByIdempotencyKey", "Job", "JobState", "Jobs", "ActiveJob", "ModelDays", "Counts", "Heads", "Books", "Days", "Transcript",
		"AddCallback", "Callbacks", "DeferCallback", "DropCallback", "Spending", "Ping", "Close",
	}
	store := reflect.TypeFor[sim.Store]()
	for method := range store.Methods() {
		name := method.Name
		var s Signal
		woken := s.Next()
		wrapped := reflect.ValueOf(Store{Signal: &s}).MethodByName(name)
		arguments := make([]reflect.Value, 0, wrapped.Type().NumIn())
		for j := range wrapped.Type().NumIn() {
			if !wrapped.Type().IsVariadic() || j < wrapped.Type().NumIn()-1 {
				arguments = append(arguments, reflect.Zero(wrapped.Type().In(j)))
			}
		}
		func() {
			defer func() { _ = recover() }() // there is no store behind it
			wrapped.Call(arguments)
		}()
		assert.Equal(t, !slices.Contains(quiet, name), isClosed(woken), name)
	}
}
