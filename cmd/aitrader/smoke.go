package main

import (
	"context"
	"encoding/json"
	"fmt"

	"aitrader/internal/sim"
	"aitrader/internal/smoke"
)

type smokeCmd struct{}

// Run tries every route of a service. The exit code is 1 when an answer differs from
// the contract.
func (smokeCmd) Run(ctx context.Context, p *program) (err error) {
	s, err := p.service(ctx)
	if err != nil {
		return err
	}
	defer closing(s, &err)
	if s.home != nil {
		return sim.Errorf(sim.KindInvalid, "--endpoint is expected: the address of a running service")
	}
	checks := 0
	target := smoke.Service{Base: s.client.base, Key: s.client.key.Reveal(), HTTP: s.client.http}
	differences := smoke.Run(ctx, target, func(c smoke.Check) {
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
		_ = json.NewEncoder(p.stdout).Encode(c) // the reader may be gone
	case c.Differs != "":
		fmt.Fprintf(p.stdout, "DIFFERS  %6d ms  %s\n         %s\n", c.Millis, c.What, c.Differs)
	default:
		fmt.Fprintf(p.stdout, "ok       %6d ms  %s\n", c.Millis, c.What)
	}
}
