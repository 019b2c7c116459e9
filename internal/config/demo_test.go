package config_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/baseline"
	"aitrader/internal/config"
	"aitrader/internal/sample"
	"aitrader/internal/sim"
)

func TestDemoFitsTheSampleMarket(t *testing.T) {
	c, err := config.Demo(config.Options{CheckModel: func(m sim.ModelSpec) error {
		_, err := baseline.Parse(m.BaseModel)
		return err
	}})
	require.NoError(t, err)
	assert.Empty(t, c.Warnings)
	settings, err := c.Settings(nil)
	require.NoError(t, err)
	assert.Equal(t, config.DemoName, settings.Config)
	assert.Len(t, settings.Models, 5)
	assert.Equal(t, 10_000*sim.Dollar, settings.InitialCash)

	assert.Equal(t, sample.Benchmark, settings.Benchmark)
	hold, _ := settings.Model("buy-and-hold")
	assert.Equal(t, "builtin/buy-and-hold?symbol="+sample.Benchmark, hold.BaseModel)
	dates := sample.Dates()
	assert.Equal(t, dates[len(dates)-1], c.DateRange.End)
	assert.GreaterOrEqual(t, slices.Index(dates, c.DateRange.Init), 10, "momentum looks 10 days back from the first day on")
}
