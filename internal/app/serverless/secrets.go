package serverless

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"aitrader/internal/sim"
)

// secretLife is how long a secret is used before it is read again: a key that
// was replaced or taken back counts within that time.
const secretLife = 5 * time.Minute

// Secrets reads parameters of the parameter store and keeps them for a while. It
// is safe for concurrent use.
type Secrets struct {
	client *ssm.Client
	now    func() time.Time

	mu   sync.Mutex
	kept map[string]secret
}

type secret struct {
	value string
	until time.Time
}

func newSecrets(client *ssm.Client, now func() time.Time) *Secrets {
	return &Secrets{client: client, now: now, kept: map[string]secret{}}
}

// Read returns the value of a parameter. Kind not_found: no parameter
// has that name. Kind unavailable: it cannot be read.
func (s *Secrets) Read(ctx context.Context, name string) (string, error) {
	s.mu.Lock()
	found, ok := s.kept[name]
	s.mu.Unlock()
	if ok && s.now().Before(found.until) {
		return found.value, nil
	}
	out, err := s.client.GetParameter(ctx, &ssm.GetParameterInput{Name: &name, WithDecryption: aws.Bool(true)})
	var missing *types.ParameterNotFound
	switch {
	case errors.As(err, &missing):
		return "", sim.Errorf(sim.KindNotFound, "the SSM parameter %s does not exist", name)
	case err != nil:
		return "", sim.Errorf(sim.KindUnavailable, "the SSM parameter %s cannot be read: %w", name, err)
	}
	value := aws.ToString(out.Parameter.Value)
	s.mu.Lock()
	s.kept[name] = secret{value, s.now().Add(secretLife)}
	s.mu.Unlock()
	return value, nil
}
