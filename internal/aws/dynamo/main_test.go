package dynamo_test

import (
	"os"
	"testing"

	"aitrader/internal/rounds"
)

func TestMain(m *testing.M) {
	rounds.Checks(10, 100)
	os.Exit(m.Run())
}
