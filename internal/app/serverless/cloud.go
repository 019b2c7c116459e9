package serverless

import (
	"context"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/google/uuid"

	"aitrader/internal/app/logs"
	"aitrader/internal/aws/dynamo"
	"aitrader/internal/config"
	"aitrader/internal/engine"
	"aitrader/internal/prices/feed"
	"aitrader/internal/sim"
)

// Cloud is what a function has while its environment lives.
type Cloud struct {
	Environment
	AWS     aws.Config
	Store   *dynamo.Store
	Catalog config.Catalog
	Feed    *feed.Feed
	Secrets *Secrets
	Now     func() time.Time
	Log     *slog.Logger
	Metrics Metrics
}

// Open reads the environment and connects. It sends no request yet: a function
// that cannot reach the table says so when it is asked for something.
func Open(env func(string) string) (*Cloud, error) {
	e, err := ReadEnvironment(env)
	if err != nil {
		return nil, err
	}
	settings, err := awsSettings(env)
	if err != nil {
		return nil, err
	}
	c := &Cloud{
		Environment: e, AWS: settings, Now: time.Now, Log: logs.New(os.Stderr, e.Level),
		Metrics: Metrics{Out: os.Stdout, Now: time.Now},
		Store:   dynamo.Open(settings, e.Table),
		Secrets: newSecrets(ssm.NewFromConfig(settings), time.Now),
	}
	c.Catalog = config.Catalog{Source: source{store: c.Store, env: env}, Secret: c.secret(env)}
	c.Feed = feed.New(c.Catalog, c.Store, c.Now, c.Log)
	return c, nil
}

// secret reads a model's key from where its configuration says.
func (c *Cloud) secret(env func(string) string) func(context.Context, string) (string, error) {
	return func(ctx context.Context, name string) (string, error) {
		if !strings.HasPrefix(name, "/") {
			return env(name), nil
		}
		value, err := c.Secrets.Read(ctx, name)
		if sim.IsKind(err, sim.KindNotFound) {
			return "", nil
		}
		return value, err
	}
}

// dayTimeout is the longest that Lambda lets a function run.
const dayTimeout = 15 * time.Minute

// Engine executes the steps of jobs in this environment, with a trader if it
// runs model-days.
func (c *Cloud) Engine(t engine.Trader) *engine.Engine {
	return &engine.Engine{
		Store: c.Store, Prices: c.Store, Bars: c.Feed, Trader: t, Now: c.Now, Holder: uuid.NewString(), DayTimeout: dayTimeout, Log: c.Log,
		Observer: c.Metrics,
	}
}

// NewsFile returns a file of news of the table.
func (c *Cloud) NewsFile(ctx context.Context, name string) ([]byte, error) {
	return c.Store.Document(ctx, dynamo.News, name)
}

// Recording returns a recording of the table.
func (c *Cloud) Recording(ctx context.Context, name string) ([]byte, error) {
	return c.Store.Document(ctx, dynamo.Recordings, name)
}
