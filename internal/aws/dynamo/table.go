package dynamo

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// The attributes of an item. The table's definition names only those of the key and of
// the time to live. Expressions never contain these names, but placeholders: DynamoDB
// refuses an expression with a reserved word.
const (
	attrPK      = "pk"
	attrSK      = "sk"
	attrRev     = "rev"     // the revision, from 1 on
	attrForm    = "form"    // the version of the stored form
	attrJSON    = "json"    // the form as text,
	attrGzip    = "gzip"    // or compressed
	attrParts   = "parts"   // in how many items, if not one
	attrPart    = "part"    // which of them this is, from 1 on after the first
	attrExpires = "expires" // the time to live, in seconds since 1970
)

// Definition defines the table. The stack's template declares the same one, which a
// test verifies.
func Definition(table string) *dynamodb.CreateTableInput {
	return &dynamodb.CreateTableInput{
		TableName:   aws.String(table),
		BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{
			{AttributeName: aws.String(attrPK), AttributeType: types.ScalarAttributeTypeS},
			{AttributeName: aws.String(attrSK), AttributeType: types.ScalarAttributeTypeS},
		},
		KeySchema: []types.KeySchemaElement{
			{AttributeName: aws.String(attrPK), KeyType: types.KeyTypeHash},
			{AttributeName: aws.String(attrSK), KeyType: types.KeyTypeRange},
		},
	}
}

// TimeToLive is the other half of the table's definition. Items that expire are
// idempotency keys, and callbacks that could not be delivered.
func TimeToLive(table string) *dynamodb.UpdateTimeToLiveInput {
	return &dynamodb.UpdateTimeToLiveInput{
		TableName: aws.String(table),
		TimeToLiveSpecification: &types.TimeToLiveSpecification{
			AttributeName: aws.String(attrExpires), Enabled: aws.Bool(true),
		},
	}
}

// CreateTable creates the table where no stack does: in tests and emulators. An
// existing table is left as it is.
func CreateTable(ctx context.Context, client *dynamodb.Client, table string) error {
	_, err := client.CreateTable(ctx, Definition(table))
	if _, ok := errors.AsType[*types.ResourceInUseException](err); ok {
		return nil
	}
	if err != nil {
		return translate(err)
	}
	ready := dynamodb.NewTableExistsWaiter(client, func(o *dynamodb.TableExistsWaiterOptions) {
		o.MinDelay, o.MaxDelay = 100*time.Millisecond, 2*time.Second
	})
	if err := ready.Wait(ctx, &dynamodb.DescribeTableInput{TableName: aws.String(table)}, time.Minute); err != nil {
		return translate(err)
	}
	_, err = client.UpdateTimeToLive(ctx, TimeToLive(table))
	return translate(err)
}
