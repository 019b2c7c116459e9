package apikey

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestWrongKeysAreLimitedPerClient(t *testing.T) {
	t.Parallel()
	var g Guesses
	now := time.Date(2025, 10, 1, 12, 0, 0, 0, time.UTC)
	allowed := func(client string) (n int) {
		for g.Wrong(client, now) == 0 {
			n++
		}
		return n
	}
	assert.Equal(t, guessesAtOnce, allowed("10.0.0.1:1"))
	assert.Equal(t, guessInterval, g.Wrong("10.0.0.1:2", now), "another port is the same client")
	assert.Equal(t, guessInterval, g.Wrong("[::ffff:10.0.0.1]:2", now), "so is another way to write it")
	assert.Equal(t, guessInterval, g.Wrong("10.0.0.1", now), "a refused key costs nothing")
	assert.Equal(t, guessesAtOnce, allowed("10.0.0.2:1"), "another client has its own")
	assert.Equal(t, guessesAtOnce, allowed("[2001:db8::1]:1"))
	assert.Zero(t, allowed("[2001:db8::ffff:1]:1"), "of the same network")
	assert.Equal(t, guessesAtOnce, allowed("[2001:db8:0:1::1]:1"))
	assert.Equal(t, guessesAtOnce, allowed("@"))
	assert.Zero(t, allowed(""))

	now = now.Add(2*guessInterval + guessInterval/2)
	assert.Equal(t, 2, allowed("10.0.0.1:1"))
	assert.Equal(t, guessInterval/2, g.Wrong("10.0.0.1:1", now))
	now = now.Add(time.Hour)
	assert.Equal(t, guessesAtOnce, allowed("10.0.0.1:1"), "and never more at once")
}

func TestTheMemoryForWrongKeysIsBounded(t *testing.T) {
	t.Parallel()
	var g Guesses
	now := time.Date(2025, 10, 1, 12, 0, 0, 0, time.UTC)
	for range guessesAtOnce {
		g.Wrong("192.0.2.1:1", now)
	}
	for i := range 5 * maxClients {
		assert.Zero(t, g.Wrong(fmt.Sprintf("10.%d.%d.%d:1", i>>16, i>>8&0xff, i&0xff), now))
		if i < maxClients {
			assert.Positive(t, g.Wrong("192.0.2.1:1", now), "many clients do not make it forget another")
		}
	}
	assert.LessOrEqual(t, len(g.recent)+len(g.older), 2*maxClients)
}
