package main

import (
	"context"
	"encoding/json"

	"aitrader/internal/sim"
)

type rescoreCmd struct {
	Job                string `arg:"" help:"Id of a job that has ended."`
	Commission         string `help:"Commission in USD per share." default:"0" placeholder:"USD"`
	CommissionPerTrade string `help:"Commission in USD per order, in addition." default:"0" placeholder:"USD"`
	CommissionMin      string `help:"Minimum commission in USD per order." default:"0" placeholder:"USD"`
	SlippageBps        string `help:"Basis points by which every fill is worse than the open." default:"0" placeholder:"N"`
	Experiment         string `help:"Experiment. Default: one named after the job." placeholder:"E"`
}

// Run triggers the job, executes it and shows its progress.
func (c rescoreCmd) Run(ctx context.Context, p *program) (err error) {
	var costs sim.TradingCosts
	for _, field := range []struct {
		name, text string
		to         json.Unmarshaler
	}{
		{"--commission", c.Commission, &costs.CommissionPerShare},
		{"--commission-per-trade", c.CommissionPerTrade, &costs.CommissionPerTrade},
		{"--commission-min", c.CommissionMin, &costs.CommissionMin},
		{"--slippage-bps", c.SlippageBps, &costs.Slippage},
	} {
		if err := field.to.UnmarshalJSON([]byte(field.text)); err != nil {
			return sim.Errorf(sim.KindInvalid, "%s %q: %s", field.name, field.text, sim.MessageOf(err))
		}
	}
	request := map[string]any{"rescore_of": c.Job, "costs": costs}
	if c.Experiment != "" {
		request["experiment"] = c.Experiment
	}
	body, err := json.Marshal(request)
	if err != nil {
		return err
	}
	by, err := p.service(ctx)
	if err != nil {
		return err
	}
	defer closing(by, &err)
	return p.trigger(ctx, by, string(body), false)
}
