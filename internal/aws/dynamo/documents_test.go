package dynamo_test

import (
	"bytes"
	"maps"
	"math/rand/v2"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/aws/dynamo"
	"aitrader/internal/aws/dynamotest"
	"aitrader/internal/sim"
)

func TestDocuments(t *testing.T) {
	store, _ := newStore(t, nil)
	names, err := store.Documents(t.Context(), dynamo.Configurations)
	require.NoError(t, err)
	assert.Empty(t, names)
	_, err = store.Document(t.Context(), dynamo.Configurations, "default")
	assert.Equal(t, sim.KindNotFound, sim.KindOf(err))
	assert.ErrorContains(t, err, `there is no config "default"`)

	put := func(shelf dynamo.Shelf, name string, text []byte) {
		t.Helper()
		require.NoError(t, store.PutDocument(t.Context(), shelf, name, text))
		got, err := store.Document(t.Context(), shelf, name)
		require.NoError(t, err)
		assert.True(t, bytes.Equal(text, got))
	}
	put(dynamo.Configurations, "second", []byte(`{"models": []}`))
	put(dynamo.Configurations, "default", []byte(`{}`))
	put(dynamo.Configurations, "default", []byte(`{"benchmark": "QQQ"}`))
	// A recording that passes the limit of an item, however it is compressed.
	random := rand.New(rand.NewPCG(1, 1))
	long := make([]byte, 900_000)
	for i := range long {
		long[i] = byte(' ' + random.IntN(95))
	}
	put(dynamo.Recordings, "gpt-5/position.jsonl", long)
	put(dynamo.Recordings, "gpt-5/position.jsonl", []byte("short"))
	names, err = store.Documents(t.Context(), dynamo.Configurations)
	require.NoError(t, err)
	assert.Equal(t, []string{"default", "second"}, names)
	names, err = store.Documents(t.Context(), dynamo.Recordings)
	require.NoError(t, err)
	assert.Equal(t, []string{"gpt-5/position.jsonl"}, names)
}

func TestDocumentsOfAClosedStore(t *testing.T) {
	store, _ := newStore(t, nil)
	require.NoError(t, store.Close())
	_, reading := store.Document(t.Context(), dynamo.Configurations, "default")
	_, listing := store.Documents(t.Context(), dynamo.Configurations)
	for _, err := range []error{reading, listing, store.PutDocument(t.Context(), dynamo.Configurations, "default", nil)} {
		assert.Equal(t, sim.KindUnavailable, sim.KindOf(err))
	}
}

// An item that another program has written into the table is not taken for a document.
func TestADamagedItemIsSaidToBeOne(t *testing.T) {
	cfg := within(&dynamotest.Server{})
	table := newTable(t, cfg)
	client, store := dynamodb.NewFromConfig(cfg), dynamo.Open(cfg, table)
	for name, damage := range map[string]map[string]types.AttributeValue{
		"text":       {"json": &types.AttributeValueMemberS{Value: "{"}},
		"compressed": {"gzip": &types.AttributeValueMemberB{Value: []byte("no gzip")}},
		"later form": {"json": &types.AttributeValueMemberS{Value: "{}"}, "form": &types.AttributeValueMemberN{Value: "99"}},
	} {
		item := map[string]types.AttributeValue{
			"pk": &types.AttributeValueMemberS{Value: "CONFIG"}, "sk": &types.AttributeValueMemberS{Value: "DOC#" + name},
			"rev": &types.AttributeValueMemberN{Value: "1"}, "form": &types.AttributeValueMemberN{Value: "1"},
		}
		maps.Copy(item, damage)
		_, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &table, Item: item})
		require.NoError(t, err)
		_, err = store.Document(t.Context(), dynamo.Configurations, name)
		require.Error(t, err, name)
		assert.NotEqual(t, sim.KindNotFound, sim.KindOf(err), name)
	}
}
