package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/rounds"
)

const (
	// maxHostileMemory bounds the memory of the program with 40 hostile models, in KiB.
	maxHostileMemory = 400 << 10
	// maxShortMemory bounds it in a short run, whose answers are smaller.
	maxShortMemory = 280 << 10
)

// hostileAnswers are answers of so many bytes, by what is large in them. Each also calls a tool,
// so that the session continues.
func hostileAnswers(hostileBytes int) map[string]string {
	fill := func(part string, bytes int) string { return strings.Repeat(part, bytes/len(part)) }
	call := `{"id":"c1","type":"function","function":{"name":"get_portfolio","arguments":"{}"}}`
	with := func(fields string) string {
		return `{"choices":[{"index":0,"finish_reason":"tool_calls","message":{"role":"assistant",` + fields + `}}],` +
			`"usage":{"prompt_tokens":10,"completion_tokens":5}}`
	}
	calls := `"tool_calls":[` + call + `]`
	return map[string]string{
		"content":    with(`"content":"` + fill("word ", hostileBytes) + `",` + calls),
		"escapes":    with(`"content":"` + fill(`\u00e9`, hostileBytes) + `",` + calls),
		"parts":      with(`"content":[` + fill(`{"type":"text","text":"a"},`, hostileBytes) + `{"type":"text","text":"b"}],` + calls),
		"reasoning":  with(`"content":null,"reasoning_content":"` + fill("hm ", hostileBytes) + `",` + calls),
		"seal":       with(`"content":null,"extra_content":{"seal":"` + fill("abcd", hostileBytes) + `"},` + calls),
		"calls":      with(`"content":null,"tool_calls":[` + fill(call+",", hostileBytes) + call + `]`),
		"bare-calls": with(`"content":null,"tool_calls":[` + fill("{},", hostileBytes) + call + `]`),
		"arguments": with(`"tool_calls":[{"id":"c1","type":"function","function":{"name":"buy","arguments":"` +
			fill("9", hostileBytes) + `"}}]`),
		"number": with(`"tool_calls":[{"id":"c1","type":"function","function":{"name":"buy","arguments":{"amount":` +
			fill("9", hostileBytes) + `}}}]`),
		"name": with(`"tool_calls":[{"id":"c1","type":"function","function":{"name":"` +
			fill("buy", hostileBytes) + `","arguments":"{}"}}]`),
		"id": with(`"tool_calls":[{"id":"` +
			fill("c", hostileBytes) + `","type":"function","function":{"name":"buy","arguments":"{}"}}]`),
		"deep":         with(`"deep":` + strings.Repeat("[", hostileBytes/2) + strings.Repeat("]", hostileBytes/2) + `,` + calls),
		"members":      with(`"many":{` + fill(`"a":[],`, hostileBytes) + `"b":2},` + calls),
		"choices":      `{"choices":[` + fill(`{"message":{"content":"a"}},`, hostileBytes) + `{"message":{"content":"b"}}]}`,
		"not-json":     fill("<p>", hostileBytes),
		"no-end":       with(calls)[:40] + fill("[[{", hostileBytes),
		"just-allowed": with(`"content":"` + fill("word ", 1000<<10) + `",` + calls),
		"just-members": with(`"content":"a","many":{` + fill(`"a":[],`, 1000<<10) + `"b":2},` + calls),
		"just-calls":   with(`"content":"a","tool_calls":[` + fill(call+",", 1000<<10) + call + `]`),
		"just-parts":   with(`"content":[` + fill(`{},`, 1000<<10) + `{}],` + calls),
	}
}

// Forty models that answer with 7 MB each time, in a short run with 2.5 MB, all at once,
// cost little memory.
func TestHostileModelsCostLittleMemory(t *testing.T) {
	s := newShop(t)
	dates := s.open(1)
	bodies, asked := hostileAnswers(rounds.Of(t, 5, 14)<<19), atomic.Int64{}
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var request struct {
			Model string `json:"model"`
		}
		raw, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		assert.NoError(t, json.Unmarshal(raw, &request))
		asked.Add(1)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, bodies[request.Model]) // a client that has gone is the test's own doing
	}))
	defer provider.Close()
	var models []map[string]any
	for kind := range bodies {
		for i := range 2 {
			models = append(models, map[string]any{
				"signature": kind + "-" + strconv.Itoa(i), "basemodel": kind, "openai_base_url": provider.URL,
			})
		}
	}
	require.Len(t, models, 40)
	config, err := json.Marshal(map[string]any{
		"models":       models,
		"agent_config": map[string]any{"max_steps": rounds.Of(t, 1, 30), "max_retries": 1, "base_delay": 0.01},
	})
	require.NoError(t, err)
	s.write("configs/hostile.json", string(config))
	p := s.start("run", "--start", dates[0].String(), "--end", dates[0].String(), "--config", "hostile")
	peak := make(chan int64)
	go func() { peak <- p.peakMemory() }()
	code, errs := p.end()
	most := <-peak
	assert.Equal(t, exitPartial, code, errs)
	assert.Contains(t, p.out.String(), "34 of 40 model-days completed", "three kinds of answers are no answers")
	t.Logf("%d answers, %d MiB at most", asked.Load(), most>>10)
	bound := maxShortMemory
	if rounds.Long() {
		bound = maxHostileMemory
	}
	assert.Less(t, most, int64(bound), "KiB")
}

// peakMemory watches the resident memory of the process until its end, and returns its
// highest figure, in KiB. That of its resource usage would include this program, which has
// forked it.
func (p *process) peakMemory() (peak int64) {
	for {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Process.Pid))
		_, after, found := strings.Cut(string(status), "VmHWM:")
		if err != nil || !found {
			return peak // it has ended
		}
		_, err = fmt.Sscan(after, &peak)
		if !assert.NoError(p.t, err) {
			return peak
		}
		time.Sleep(5 * time.Millisecond)
	}
}
