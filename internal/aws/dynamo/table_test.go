package dynamo_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/aws/dynamotest"
)

func TestTheTableIsCreatedOnce(t *testing.T) {
	listening := httptest.NewServer(&dynamotest.Server{})
	defer listening.Close()
	client := dynamodb.NewFromConfig(reaching(listening.URL))
	require.NoError(t, dynamotest.CreateTable(t.Context(), client, "aitrader"))
	require.NoError(t, dynamotest.CreateTable(t.Context(), client, "aitrader"), "a second time does no harm")
	err := dynamotest.CreateTable(t.Context(), client, "a")
	assert.ErrorContains(t, err, "ValidationException", "a name that no table may have")
}

func TestATableThatDoesNotBecomeReady(t *testing.T) {
	calls := 0
	cfg := configured("http://dynamodb.example", answering(func() (*http.Response, error) {
		if calls++; calls == 1 {
			return refusing(200, "")()
		}
		return refusing(400, "AccessDeniedException")()
	}))
	err := dynamotest.CreateTable(t.Context(), dynamodb.NewFromConfig(cfg, hasty(1)), "aitrader")
	assert.ErrorContains(t, err, "AccessDeniedException")
}

// TestTheDefinition says what the table costs and what is known about it: a
// template that declares it otherwise would be another table.
func TestTheDefinition(t *testing.T) {
	d := dynamotest.Definition("aitrader")
	assert.Equal(t, types.BillingModePayPerRequest, d.BillingMode)
	assert.Empty(t, d.GlobalSecondaryIndexes)
	assert.Equal(t, []types.KeySchemaElement{
		{AttributeName: aws.String("pk"), KeyType: types.KeyTypeHash},
		{AttributeName: aws.String("sk"), KeyType: types.KeyTypeRange},
	}, d.KeySchema)
	ttl := dynamotest.TimeToLive("aitrader").TimeToLiveSpecification
	assert.Equal(t, "expires", *ttl.AttributeName)
	assert.True(t, *ttl.Enabled)
}

// TestWhatExpires looks at all items, as an administrator would: the keys of the three
// jobs expire, and the callback that could not be delivered.
func TestWhatExpires(t *testing.T) {
	store, server := newStore(t, nil)
	driver := jobDriver{t, store}
	driver.writeEverything()
	expiring := server.With("expires")
	assert.ElementsMatch(t, []string{"IDEM#key of first", "IDEM#key of second", "IDEM#key of third", "CALLBACKS"}, expiring)
}
