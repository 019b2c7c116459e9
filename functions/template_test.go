package functions_test

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/cronexpr"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"aitrader/internal/aws/dynamotest"
	"aitrader/internal/aws/stepfn"
)

// node is a part of the template. The short forms of CloudFormation (!Ref) are
// tags of it.
type node struct{ *yaml.Node }

func readTemplate(t *testing.T) node {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "template.yaml"))
	require.NoError(t, err)
	var document yaml.Node
	require.NoError(t, yaml.Unmarshal(text, &document))
	return node{document.Content[0]}
}

// at returns what stands under keys; it is empty where there is nothing.
func (n node) at(keys ...string) node {
	for _, key := range keys {
		found := node{&yaml.Node{}}
		n.each(func(k string, v node) {
			if k == key {
				found = v
			}
		})
		n = found
	}
	return n
}

// each calls a function for each entry of a mapping, or each element of a list.
func (n node) each(do func(key string, value node)) {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i < len(n.Content); i += 2 {
			do(n.Content[i].Value, node{n.Content[i+1]})
		}
	case yaml.SequenceNode:
		for i, c := range n.Content {
			do(strconv.Itoa(i), node{c})
		}
	}
}

// walk calls a function for each part at any depth, with its path.
func (n node) walk(path string, do func(path string, n node)) {
	do(path, n)
	n.each(func(key string, value node) { value.walk(path+"/"+key, do) })
}

// texts are the values of a list, or a single one.
func (n node) texts() []string {
	if n.Kind == yaml.ScalarNode {
		return []string{n.Value}
	}
	var out []string
	n.each(func(_ string, v node) { out = append(out, v.Value) })
	return out
}

func TestTheTableOfTheTemplate(t *testing.T) {
	table, want := readTemplate(t).at("Resources", "Table"), dynamotest.Definition("t")
	assert.Equal(t, string(want.BillingMode), table.at("Properties", "BillingMode").Value)
	attributes := map[string]string{}
	table.at("Properties", "AttributeDefinitions").each(func(_ string, a node) {
		attributes[a.at("AttributeName").Value] = a.at("AttributeType").Value
	})
	for _, a := range want.AttributeDefinitions {
		assert.Equal(t, string(a.AttributeType), attributes[*a.AttributeName])
	}
	assert.Len(t, attributes, len(want.AttributeDefinitions))
	var keys []string
	table.at("Properties", "KeySchema").each(func(_ string, k node) {
		keys = append(keys, k.at("AttributeName").Value+" "+k.at("KeyType").Value)
	})
	var wantKeys []string
	for _, k := range want.KeySchema {
		wantKeys = append(wantKeys, *k.AttributeName+" "+string(k.KeyType))
	}
	assert.Equal(t, wantKeys, keys)
	assert.Equal(t, *dynamotest.TimeToLive("t").TimeToLiveSpecification.AttributeName,
		table.at("Properties", "TimeToLiveSpecification", "AttributeName").Value)
	assert.Equal(t, "Retain", table.at("DeletionPolicy").Value, "books outlive the stack")
	assert.Equal(t, "true", table.at("Properties", "PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled").Value)
}

// Each role has the permissions that it needs and no more: the only resources that are * are those of
// services that know none, and a * at the end stands for the names below ours.
func TestTheStarsOfTheTemplate(t *testing.T) {
	const account = "${AWS::Region}:${AWS::AccountId}:"
	var whole, below []string
	readTemplate(t).at("Resources").walk("", func(path string, n node) {
		if n.Kind != yaml.MappingNode || n.at("Effect").Value != "Allow" {
			return
		}
		for _, action := range n.at("Action").texts() {
			assert.NotContains(t, action, "*", path)
		}
		for _, resource := range n.at("Resource").texts() {
			switch _, ours, _ := strings.Cut(resource, account); {
			case resource == "*":
				whole = append(whole, n.at("Sid").Value)
			case strings.Contains(resource, "*"):
				below = append(below, ours)
			}
		}
	})
	assert.ElementsMatch(t, []string{"LogDelivery", "Tracing"}, whole)
	slices.Sort(below)
	assert.Equal(t, []string{"execution:${AWS::StackName}/*", "execution:${AWS::StackName}:*", "parameter${SecretsPrefix}/*"},
		slices.Compact(below))
}

// Reading is not writing, and no role may scan.
func TestWhoMayWriteTheTable(t *testing.T) {
	resources := readTemplate(t).at("Resources")
	for function, writes := range map[string]bool{"TriggerFunction": true, "StatusFunction": true, "ResultsFunction": false,
		"NextDateFunction": true, "ModelDayFunction": true} {
		var actions []string
		resources.at(function, "Properties", "Policies").walk("", func(_ string, n node) {
			if n.Kind == yaml.MappingNode && n.at("Sid").Value == "Table" {
				actions = n.at("Action").texts()
			}
		})
		assert.Contains(t, actions, "dynamodb:Query", function)
		assert.Equal(t, writes, slices.Contains(actions, "dynamodb:PutItem"), function)
		assert.NotContains(t, actions, "dynamodb:Scan", function)
	}
}

// None of the linters of templates reads a schedule.
func TestTheSchedule(t *testing.T) {
	template := readTemplate(t)
	event := template.at("Resources", "TriggerFunction", "Properties", "Events", "CatchUp", "Properties")
	assert.Equal(t, "Schedule", event.at("ScheduleExpression").Value)
	newYork, err := time.LoadLocation(event.at("ScheduleExpressionTimezone").Value)
	require.NoError(t, err)
	assert.Equal(t, "America/New_York", newYork.String())

	inside, ok := strings.CutPrefix(template.at("Parameters", "Schedule", "Default").Value, "cron(")
	require.True(t, ok)
	inside, ok = strings.CutSuffix(inside, ")")
	require.True(t, ok)
	fields := strings.Fields(inside)
	require.Len(t, fields, 6, "minutes, hours, day of month, month of year, day of week, year")
	assert.True(t, (fields[2] == "?") != (fields[4] == "?"), "one of the days is ?, and only one")
	schedule, err := cronexpr.Parse(inside)
	require.NoError(t, err)
	at := time.Date(2025, time.October, 30, 12, 0, 0, 0, newYork) // a Thursday; on Sunday the clocks are set back
	for _, want := range []string{"Thu 2025-10-30 18:30 EDT", "Fri 2025-10-31 18:30 EDT", "Mon 2025-11-03 18:30 EST"} {
		at = schedule.Next(at)
		assert.Equal(t, want, at.Format("Mon 2006-01-02 15:04 MST"))
	}
}

// A Lambda function gets 15 minutes at most, and the machine waits a little
// longer for it.
func TestTheTimeoutsOfTheTemplate(t *testing.T) {
	resources := readTemplate(t).at("Resources")
	definition := string(stepfn.Definition)
	for function, waits := range map[string]int{"NextDate": 120, "ModelDay": 960} {
		timeout, err := strconv.Atoi(resources.at(function+"Function", "Properties", "Timeout").Value)
		require.NoError(t, err)
		assert.Equal(t, timeouts[strings.ToLower(function)], time.Duration(timeout)*time.Second, "these tests run with it")
		assert.Less(t, timeout, waits)
		assert.Contains(t, definition, `"TimeoutSeconds": `+strconv.Itoa(waits))
	}
}

// Events come asynchronously: what a function cannot do with one is repeated by
// Lambda, and its end is the queue of the function, not that of who sent it.
func TestEventsThatFailAreKept(t *testing.T) {
	resources := readTemplate(t).at("Resources")
	for _, function := range []string{"TriggerFunction", "StatusFunction"} {
		properties := resources.at(function, "Properties")
		kept := properties.at("EventInvokeConfig", "DestinationConfig", "OnFailure")
		assert.Equal(t, "SQS", kept.at("Type").Value, function)
		assert.Equal(t, "DeadLetters.Arn", kept.at("Destination").Value, function)
		assert.Equal(t, "2", properties.at("EventInvokeConfig", "MaximumRetryAttempts").Value, "the most that Lambda does")
		variables := properties.at("Environment", "Variables")
		assert.Equal(t, "CallbackHosts", variables.at("AITRADER_CALLBACK_HOSTS").Value, function)
		assert.Equal(t, "WebhookSecretParameter", variables.at("AITRADER_WEBHOOK_SECRET_PARAMETER").Value, function)
		var may []string
		properties.at("Policies").walk("", func(_ string, n node) {
			if n.Kind == yaml.MappingNode && n.at("Sid").Value == "WebhookSecret" {
				may = n.at("Action").texts()
			}
		})
		assert.Equal(t, []string{"ssm:GetParameter"}, may, function)
	}
}
