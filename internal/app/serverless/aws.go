package serverless

import (
	"context"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"

	"aitrader/internal/sim"
)

// awsSettings reads what Lambda tells a function in its environment. The SDK's
// own reader knows profiles, single sign-on and metadata services besides, none
// of which exist there, and they would be a third of the binary.
func awsSettings(env func(string) string) (aws.Config, error) {
	settings := aws.Config{Region: env("AWS_REGION")}
	keys := aws.Credentials{
		AccessKeyID: env("AWS_ACCESS_KEY_ID"), SecretAccessKey: env("AWS_SECRET_ACCESS_KEY"), SessionToken: env("AWS_SESSION_TOKEN"),
		Source: "environment",
	}
	if settings.Region == "" || !keys.HasKeys() {
		return aws.Config{}, sim.Errorf(sim.KindInvalid,
			"AWS_REGION, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are expected in the environment, as Lambda sets them")
	}
	settings.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return keys, nil })
	if endpoint := env("AWS_ENDPOINT_URL"); endpoint != "" { // LocalStack, sam local, and tests
		if u, err := url.Parse(endpoint); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return aws.Config{}, sim.Errorf(sim.KindInvalid,
				"AWS_ENDPOINT_URL=%q: empty, for AWS itself, or an address such as http://172.17.0.1:8000 is expected", endpoint)
		}
		settings.BaseEndpoint = &endpoint
	}
	return settings, nil
}
