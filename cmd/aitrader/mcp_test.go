package main

import (
	"bufio"
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The parent process speaks MCP on standard input and output.
func TestMCPOnStandardStreams(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.open(2)
	s.ok("run")
	requests, asks := io.Pipe()
	answers, says := io.Pipe()
	var errs bytes.Buffer
	p := &program{stdin: requests, stdout: says, stderr: &errs, env: func(name string) string { return s.env[name] }, now: time.Now}
	ended := make(chan int, 1)
	go func() {
		ended <- p.main(t.Context(), []string{"mcp", "--data", s.env["AITRADER_DATA"]})
		_ = says.Close() // the error of a pipe is always nil
	}()
	lines := bufio.NewReader(answers)
	ask := func(request string) string {
		_, err := io.WriteString(asks, request+"\n")
		require.NoError(t, err)
		if !strings.Contains(request, `"id"`) {
			return ""
		}
		line, err := lines.ReadString('\n')
		require.NoError(t, err)
		return line
	}
	ask(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":` +
		`{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"test","version":"1"}}}`)
	ask(`{"jsonrpc":"2.0","method":"notifications/initialized"}`)
	list := ask(`{"jsonrpc":"2.0","id":2,"method":"tools/list"}`)
	assert.Contains(t, list, `"explain_day"`)
	assert.NotContains(t, list, `"trigger"`)
	assert.Contains(t, ask(`{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"leaderboard","arguments":{}}}`), "portfolio_value")
	require.NoError(t, asks.Close())
	assert.Zero(t, <-ended, errs.String())
}
