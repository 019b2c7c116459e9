package serverless

import (
	"log/slog"
	"strconv"

	"aitrader/internal/callback"
	"aitrader/internal/sim"
)

// Environment is what the template tells a function. No secret is in it.
type Environment struct {
	Table        string // AITRADER_TABLE: the name of the table
	StateMachine string // AITRADER_STATE_MACHINE: the ARN of the state machine; for functions that start or stop executions
	KeysAt       string // AITRADER_API_KEYS_PARAMETER: the SSM parameter with the entries of the API keys; "": none
	ModelDays    int    // AITRADER_MODEL_DAYS: how many model-days run at once; 0 or not set: nothing bounds them
	// AITRADER_CALLBACK_HOSTS: the hosts that completion callbacks may be sent to.
	CallbackHosts callback.Hosts
	// AITRADER_WEBHOOK_SECRET_PARAMETER: the SSM parameter with the secret that signs
	// callbacks; "": none.
	WebhookSecretAt string
	Open            bool // AITRADER_ALLOW_OPEN=1: every client is served without a key
	Level           slog.Level
}

// ReadEnvironment reads the environment of the function. Its errors name the
// variable.
func ReadEnvironment(env func(string) string) (Environment, error) {
	e := Environment{
		Table: env("AITRADER_TABLE"), StateMachine: env("AITRADER_STATE_MACHINE"), KeysAt: env("AITRADER_API_KEYS_PARAMETER"),
		WebhookSecretAt: env("AITRADER_WEBHOOK_SECRET_PARAMETER"),
		Open:            env("AITRADER_ALLOW_OPEN") == "1",
	}
	if e.Table == "" {
		return e, sim.Errorf(sim.KindInvalid, "AITRADER_TABLE is not set: the name of the table is expected")
	}
	var err error
	if e.CallbackHosts, err = callback.ParseHosts(env("AITRADER_CALLBACK_HOSTS")); err != nil {
		return e, sim.Errorf(sim.KindInvalid, "AITRADER_CALLBACK_HOSTS: %w", err)
	}
	if text := env("AITRADER_MODEL_DAYS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return e, sim.Errorf(sim.KindInvalid, "AITRADER_MODEL_DAYS=%q: a whole number is expected, 0 for no bound", text)
		}
		e.ModelDays = n
	}
	if text := env("LOG_LEVEL"); text != "" {
		if err := e.Level.UnmarshalText([]byte(text)); err != nil {
			return e, sim.Errorf(sim.KindInvalid, "LOG_LEVEL=%q: DEBUG, INFO, WARN or ERROR is expected", text)
		}
	}
	return e, nil
}
