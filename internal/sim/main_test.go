package sim

import (
	"os"
	"testing"

	"aitrader/internal/rounds"
)

func TestMain(m *testing.M) {
	rounds.Checks(40, 100)
	os.Exit(m.Run())
}
