package gateway

import (
	"context"
	"net/http"

	"github.com/aws/aws-lambda-go/events"
	"github.com/awslabs/aws-lambda-go-api-proxy/httpadapter"
)

// proxy answers a request of an HTTP API, payload format 2.0, by a handler. It is
// the only place that knows the adapter, which is archived upstream.
func proxy(ctx context.Context, h http.Handler, r events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
	return httpadapter.NewV2(h).ProxyWithContext(ctx, r)
}
