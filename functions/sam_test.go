package functions_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/aws/dynamo"
	"aitrader/internal/aws/dynamotest"
	"aitrader/internal/aws/stepfn"
	"aitrader/internal/sample"
)

// The functions in SAM CLI's containers, against an emulated AWS: each example
// event by sam local invoke, then the routes by sam local start-api. This needs
// what scripts/sam-local.sh prepares.
func TestSAMLocal(t *testing.T) {
	program := os.Getenv("AITRADER_SAM")
	if program == "" {
		t.Skip("it is run by make sam-local")
	}
	s := &samLocal{t: t, program: program, endpoint: os.Getenv("AITRADER_EMULATOR"), env: filepath.Join(t.TempDir(), "env.json")}
	s.seed()
	t.Run("invoke", func(t *testing.T) { sendExamples(t, s.invoke(t)) })
	t.Run("start-api", func(t *testing.T) {
		api := s.startAPI(t)
		for _, c := range []struct {
			method, path, body string
			status             int
			has                string
		}{
			{"GET", "/leaderboard?date=2025-10-01", "", 200, `"model":"equal-weight"`},
			{"GET", "/results?date=2025-10-01", "", 200, `"CASH":`},
			{"GET", "/results?date=2025-10-32", "", 400, `2025-10-32`},
			{"GET", "/results?nonsense=1", "", 400, `nonsense`},
			{"GET", "/nowhere", "", 404, `"error":"not_found"`},
			{"GET", "/simulate/status/" + exampleJob, "", 404, exampleJob},
			{"POST", "/simulate/trigger", `{"models":["nobody"]}`, 400, `nobody`},
			{"POST", "/simulate/trigger", `{"start_date":`, 400, `"error":"invalid_request"`},
			{"POST", "/simulate/trigger", `{"models":["equal-weight"],"end_date":"2025-10-02"}`, 202, `"date_range":["2025-10-02"]`},
			{"POST", "/simulate/trigger", `{"models":["equal-weight"],"end_date":"2025-10-02"}`, 200, `already in progress`},
			{"GET", "/simulate/current", "", 200, `"status":"pending"`},
		} {
			status, body := api.ask(c.method, c.path, c.body, apiKey)
			assert.Equal(t, c.status, status, "%s %s: %s", c.method, c.path, body)
			assert.Contains(t, strings.ReplaceAll(body, `\"`, `"`), c.has, "%s %s", c.method, c.path)
		}
		status, body := api.ask("GET", "/leaderboard", "", "wrong")
		assert.Equal(t, http.StatusUnauthorized, status, body)
	})
}

type samLocal struct {
	t                      *testing.T
	program, endpoint, env string
}

// seed fills the emulated AWS under the names that SAM CLI gives the parts of
// the template: a stack called local, and a table called Table.
func (s *samLocal) seed() {
	t := s.t
	settings := settingsOf(s.endpoint)
	require.NoError(t, dynamotest.CreateTable(t.Context(), dynamodb.NewFromConfig(settings), "Table"))
	store := dynamo.Open(settings, "Table")
	_, err := store.PutPrices(t.Context(), sample.Market(), time.Now())
	require.NoError(t, err)
	require.NoError(t, store.PutDocument(t.Context(), dynamo.Configurations, "default", []byte(configuration)))
	_, err = ssm.NewFromConfig(settings).PutParameter(t.Context(),
		&ssm.PutParameterInput{Name: aws.String(keysAt), Value: aws.String(keyEntry()), Type: types.ParameterTypeSecureString})
	require.NoError(t, err)
	_, err = sfn.NewFromConfig(settings).CreateStateMachine(t.Context(), &sfn.CreateStateMachineInput{
		Name: aws.String("local"), Definition: aws.String(string(stepfn.Definition)), RoleArn: aws.String("arn:aws:iam::123456789012:role/local"),
	})
	require.NoError(t, err)

	variables, err := json.Marshal(map[string]any{"Parameters": map[string]string{"AWS_ENDPOINT_URL": s.endpoint}})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(s.env, variables, 0o600))
}

// command is sam local in the folder of the template. The program itself also
// asks the emulator, for the number of the account.
func (s *samLocal) command(t *testing.T, arguments ...string) *exec.Cmd {
	architecture := map[string]string{"amd64": "x86_64"}[runtime.GOARCH]
	if architecture == "" {
		architecture = runtime.GOARCH
	}
	cmd := exec.CommandContext(t.Context(), s.program, append(append([]string{"local"}, arguments...),
		"--env-vars", s.env, "--docker-network", os.Getenv("AITRADER_SAM_NETWORK"),
		"--parameter-overrides", "Architecture="+architecture+" ApiKeysParameter="+keysAt)...)
	cmd.Dir = ".."
	cmd.Env = append(os.Environ(), "AWS_ENDPOINT_URL="+s.endpoint)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) } // it removes its containers
	cmd.WaitDelay = 15 * time.Second
	return cmd
}

// invoke runs a function by sam local invoke.
func (s *samLocal) invoke(t *testing.T) invoke {
	resources := map[string]string{
		"trigger": "TriggerFunction", "status": "StatusFunction", "results": "ResultsFunction", "nextdate": "NextDateFunction",
		"modelday": "ModelDayFunction",
	}
	return func(function string, event []byte) []byte {
		start := time.Now()
		var answer, log bytes.Buffer
		cmd := s.command(t, "invoke", resources[function], "--event", "-")
		cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(event), &answer, &log
		require.NoError(t, cmd.Run(), "%s\n%s", answer.String(), log.String())
		require.NotContains(t, answer.String(), `"errorType"`, log.String())
		require.NotEmpty(t, answer.String(), log.String())
		t.Logf("%-8s %4d ms", function, time.Since(start).Milliseconds())
		return answer.Bytes()
	}
}

// samAPI is a sam local start-api that runs.
type samAPI struct {
	t   *testing.T
	url string
}

func (s *samLocal) startAPI(t *testing.T) samAPI {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	port := free.Addr().(*net.TCPAddr).Port
	require.NoError(t, free.Close())
	var log bytes.Buffer
	cmd := s.command(t, "start-api", "--host", "127.0.0.1", "--port", fmt.Sprint(port), "--warm-containers", "LAZY")
	cmd.Stdout, cmd.Stderr = &log, &log
	require.NoError(t, cmd.Start())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // it is always ended by a signal
	}()
	// The context of the test ends before its cleanup, and with it the command.
	t.Cleanup(func() {
		<-ended
		if t.Failed() {
			t.Log(log.String())
		}
	})
	api := samAPI{t, fmt.Sprintf("http://127.0.0.1:%d", port)}
	for {
		connection, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", port), time.Second)
		if err == nil {
			require.NoError(t, connection.Close())
			break
		}
		select {
		case <-ended:
			require.FailNow(t, "sam local start-api ended", log.String())
		case <-time.After(100 * time.Millisecond):
		}
	}
	status, body := api.ask("GET", "/health", "", "")
	require.Equal(t, http.StatusOK, status, body)
	assert.Contains(t, body, `"healthy"`)
	return api
}

func (a samAPI) ask(method, path, body, key string) (int, string) {
	a.t.Helper()
	start := time.Now()
	r, err := http.NewRequestWithContext(a.t.Context(), method, a.url+path, strings.NewReader(body))
	require.NoError(a.t, err)
	r.Header.Set("Content-Type", "application/json")
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	response, err := http.DefaultClient.Do(r)
	require.NoError(a.t, err)
	defer func() { _ = response.Body.Close() }() // it was only read
	var text bytes.Buffer
	_, err = text.ReadFrom(response.Body)
	require.NoError(a.t, err)
	a.t.Logf("%-4s %-60s %d %4d ms", method, path, response.StatusCode, time.Since(start).Milliseconds())
	return response.StatusCode, text.String()
}
