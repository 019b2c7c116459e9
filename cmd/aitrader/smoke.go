package main

import (
	"context"
	"encoding/json"
	"fmt"

	"aitrader/internal/sim"
	"aitrader/internal/smoke"
)

type smokeCmd struct{}

// Run tries every route of a service. The exit code is 1 where something differs
// from the contract.
func (smokeCmd) Run(ctx context.Context, p *program) (err error) {
	s, err := p.service(ctx)
	if err != nil {
		return err
	}
	defer closing(s, &err)
	if s.home != nil {
		return sim.Errorf(sim.KindInvalid, "--endpoint is expected: the address of a service that runs")
	}
	checks := 0
	differences := smoke.Run(ctx, smoke.Service{Base: s.api.base, Key: s.api.key, HTTP: s.api.http}, func(c smoke.Check) {
		checks++
		p.printCheck(c)
	})
	if !p.flags.JSON {
		fmt.Fprintf(p.stdout, "%d checks, %d differ\n", checks, differences)
	}
	if differences > 0 {
		return exitCode(exitFailed)
	}
	return nil
}

func (p *program) printCheck(c smoke.Check) {
	switch {
	case p.flags.JSON:
		_ = json.NewEncoder(p.stdout).Encode(c) // a reader that is gone does not matter
	case c.Differs != "":
		fmt.Fprintf(p.stdout, "DIFFERS  %6d ms  %s\n         %s\n", c.Millis, c.What, c.Differs)
	default:
		fmt.Fprintf(p.stdout, "ok       %6d ms  %s\n", c.Millis, c.What)
	}
}
