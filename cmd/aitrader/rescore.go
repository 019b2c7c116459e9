package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

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
	end := p.trigger(ctx, by, string(body), false)
	if code, ended := errors.AsType[exitCode](end); end != nil && !ended || code == exitInterrupted || p.flags.JSON || p.ran == "" {
		return end
	}
	if err := p.printRefused(ctx, by.client); err != nil {
		return err
	}
	return end
}

// printRefused prints how many orders of each model were refused in the rescore that has run: a
// model may do better for what it could not buy.
func (p *program) printRefused(ctx context.Context, c *client) error {
	job, err := c.job(ctx, p.ran)
	if err != nil {
		return err
	}
	for _, r := range job.Refused {
		if r.Refused > 0 {
			fmt.Fprintf(p.stdout, "%s: %d of %d orders refused under these costs; its figures are without them\n", r.Model, r.Refused, r.Orders)
		}
	}
	return nil
}
