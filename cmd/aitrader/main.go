// Command aitrader is the service on one machine and its command line: one program,
// one folder with one SQLite file.
//
// Commands that show something ask the HTTP API in this process, the same API that
// other programs use; commands that change something call the same engine as the
// service.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
	_ "golang.org/x/crypto/x509roots/fallback" // the roots of TLS, where the system has none: in a container

	"aitrader/internal/app/local"
	"aitrader/internal/app/logs"
	"aitrader/internal/config"
	"aitrader/internal/sim"
	"aitrader/internal/version"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	p := &program{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, env: os.Getenv, now: time.Now}
	code := p.main(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// The exit codes of the program; kong's own errors end with exitFailed too.
const (
	exitCompleted = 0
	exitFailed    = 1
	exitPartial   = 2
	// exitInterrupted is the code of a run that a signal stopped: 128 + SIGINT, as shells have it.
	exitInterrupted = 130
)

// program is one call of the command line, with everything that it touches outside.
type program struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	env            func(string) string
	now            func() time.Time
	flags          flags
	ran            string // the job that trigger has created, if any
}

// flags are understood by every command that can use them.
type flags struct {
	Data     string `help:"Folder of the store." default:"./data" env:"AITRADER_DATA" placeholder:"DIR"`
	Endpoint string `help:"Ask this service with AITRADER_API_KEY, not the store in DIR. Default: $AITRADER_ENDPOINT." placeholder:"URL"`
	Config   string `help:"Configuration: a name in the configuration folder, or a file." placeholder:"NAME|FILE"`
	JSON     bool   `help:"Print JSON instead of a table." name:"json"`
}

// commands is the command line.
type commands struct {
	flags

	Demo        demoCmd        `cmd:"" help:"Load a synthetic sample market, run the built-in models, and serve. No key, no network."`
	Up          upCmd          `cmd:"" help:"Serve the store in DIR and execute its jobs."`
	Run         runCmd         `cmd:"" help:"Run one job to its end, with progress. Exit code 0: completed, 2: partial, 1: failed."`
	Rescore     rescoreCmd     `cmd:"" help:"Execute the orders of a job under other trading costs, without a model, in a new experiment."`
	Prices      pricesCmd      `cmd:"" help:"Import, fetch or list prices."`
	Results     resultsCmd     `cmd:"" help:"Show the results of one date or of a range."`
	Leaderboard leaderboardCmd `cmd:"" help:"Rank the models of an experiment."`
	Status      statusCmd      `cmd:"" help:"Show a job: the newest one, or JOB."`
	Receipt     receiptCmd     `cmd:"" help:"Print the receipt of a job: what it did, as a hash chain."`
	Verify      verifyCmd      `cmd:"" help:"Check a receipt by computing it again, and compare it with another one."`
	Report      reportCmd      `cmd:"" help:"Write a page about a job to one file."`
	MCP         mcpCmd         `cmd:"" name:"mcp" help:"Serve jobs, results and prices as MCP tools on standard input and output."`
	Models      modelsCmd      `cmd:"" help:"List the configured models."`
	Experiments experimentsCmd `cmd:"" help:"List the books by experiment."`
	Export      exportCmd      `cmd:"" help:"Write position.jsonl and log.jsonl of each model into DIR, in the format of AI-Trader."`
	Backup      backupCmd      `cmd:"" help:"Write a consistent copy of the store to FILE, even while it runs."`
	Store       storeCmd       `cmd:"" help:"Check the store."`
	Keys        keysCmd        `cmd:"" help:"Make API keys."`
	ConfigCheck configCmd      `cmd:"" name:"config" help:"Make, check or try a configuration, or load it into a table on AWS."`
	Health      healthCmd      `cmd:"" help:"Check that the service on this machine, or at --endpoint, is healthy. Exit code 1: it is not."`
	Smoke       smokeCmd       `cmd:"" help:"Try every route of the service at --endpoint, and show what differs from the contract."`
	Version     versionCmd     `cmd:"" help:"Print the version."`
}

// exitCode is an error that ends the program with a code and without a message.
type exitCode int

func (c exitCode) Error() string { return fmt.Sprintf("exit code %d", int(c)) }

// main runs one command line and returns the exit code.
func (p *program) main(ctx context.Context, args []string) int {
	var line commands
	parser, err := kong.New(&line,
		kong.Name("aitrader"),
		kong.Description("Language models trade stocks, one day at a time, in a replay of history."),
		kong.Writers(p.stdout, p.stderr),
		kong.Vars{"presets": strings.Join(config.PresetNames(), ", ")},
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(p),
		kong.Exit(func(code int) { panic(exitCode(code)) }),
	)
	if err != nil {
		return p.printError(err)
	}
	parsed, err := p.parse(parser, args)
	if err == nil {
		p.flags = line.flags
		err = parsed.Run()
	}
	return p.printError(err)
}

// parse reads the arguments. Asking for help prints it and ends with code 0.
func (p *program) parse(parser *kong.Kong, args []string) (parsed *kong.Context, err error) {
	defer func() {
		switch code := recover().(type) {
		case nil:
		case exitCode:
			err = code
		default:
			panic(code)
		}
	}()
	parsed, err = parser.Parse(args)
	if err != nil {
		err = fmt.Errorf("%w; `aitrader --help` lists the commands, `aitrader COMMAND --help` the flags of one", err)
	}
	return parsed, err
}

// printError prints an error for a person and returns the exit code.
func (p *program) printError(err error) int {
	if err == nil {
		return exitCompleted
	}
	if code, ok := errors.AsType[exitCode](err); ok {
		return int(code)
	}
	fmt.Fprintln(p.stderr, "aitrader:", sim.MessageOf(err))
	return exitFailed
}

// logger logs JSON lines to the error output, at the level of LOG_LEVEL, or
// else at the given one.
func (p *program) logger(level slog.Level) (*slog.Logger, error) {
	if text := p.env("LOG_LEVEL"); text != "" {
		if err := level.UnmarshalText([]byte(text)); err != nil {
			return nil, sim.Errorf(sim.KindInvalid, "LOG_LEVEL=%q: DEBUG, INFO, WARN or ERROR is expected", text)
		}
	}
	return logs.New(p.stderr, level), nil
}

// open opens the store for a command that ends by itself. It reports what failed, so
// that only faults of the program are logged.
func (p *program) open(ctx context.Context) (*local.Home, error) {
	if p.flags.Endpoint != "" {
		return nil, sim.Errorf(sim.KindInvalid, "--endpoint %s: this command works only on the store in DIR", p.flags.Endpoint)
	}
	log, err := p.logger(slog.LevelError)
	if err != nil {
		return nil, err
	}
	return local.Open(ctx, p.options(log))
}

// existing is open for a store that must exist.
func (p *program) existing(ctx context.Context) (*local.Home, error) {
	if p.flags.Endpoint == "" {
		if err := p.hasStore(); err != nil {
			return nil, err
		}
	}
	return p.open(ctx)
}

func (p *program) options(log *slog.Logger) local.Options {
	return local.Options{
		Data:    p.flags.Data,
		Config:  p.flags.Config,
		Env:     p.env,
		Now:     p.now,
		Log:     log,
		Version: version.String(),
	}
}

type versionCmd struct{}

// Run prints the version.
func (versionCmd) Run(p *program) error {
	if p.flags.JSON {
		return json.NewEncoder(p.stdout).Encode(map[string]string{"version": version.String()})
	}
	_, err := fmt.Fprintln(p.stdout, version.String())
	return err
}
