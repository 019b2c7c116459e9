package mcpserver

import (
	"context"
	"io"

	"aitrader/internal/mcptool"
)

// Stdio serves the tools to the program that started this one, until its input ends.
func Stdio(ctx context.Context, ask Ask, mayTrigger bool, in io.Reader, out io.Writer) error {
	return mcptool.Stdio(ctx, "aitrader", Tools(ask, mayTrigger), in, out)
}
