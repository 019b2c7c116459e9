package importtest

// This table says how bytes from outside are read: from a network, a file, a process or a
// store. Each reader has a limit, so that no sender fills the memory, and each connection a
// deadline, so that no peer holds it open.

// limited lists the functions whose readers end by themselves.
var limited = []string{"bytes.NewReader", "io.LimitReader", "net/http.MaxBytesReader", "strings.NewReader"}

// readers lists the functions that read to the end of one of their arguments, or as far as
// the text asks for, and the index of that argument. It must be a call of a function of
// limited.
var readers = map[string]int{
	"bufio.NewReader":          0,
	"bufio.NewReaderSize":      0,
	"bufio.NewScanner":         0,
	"encoding/csv.NewReader":   0,
	"encoding/gob.NewDecoder":  0,
	"encoding/json.NewDecoder": 0,
	"encoding/xml.NewDecoder":  0,
	"io.Copy":                  1,
	"io.CopyBuffer":            1,
	"io.ReadAll":               0,
	"io/ioutil.ReadAll":        0,
	"ReadFrom":                 0, // of any value, such as a bytes.Buffer
}

// refused lists the functions and variables without a limit or a deadline, and what to use.
var refused = map[string]string{
	"archive/tar.NewReader":    unpacking,
	"archive/zip.NewReader":    unpacking,
	"archive/zip.OpenReader":   unpacking,
	"compress/bzip2.NewReader": unpacking,
	"compress/flate.NewReader": unpacking,
	"compress/gzip.NewReader":  unpacking,
	"compress/lzw.NewReader":   unpacking,
	"compress/zlib.NewReader":  unpacking,

	"net/http.DefaultClient": calling,
	"net/http.Get":           calling,
	"net/http.Head":          calling,
	"net/http.Post":          calling,
	"net/http.PostForm":      calling,

	"net/http.ListenAndServe":    serving,
	"net/http.ListenAndServeTLS": serving,
	"net/http.Serve":             serving,
	"net/http.ServeTLS":          serving,

	"crypto/tls.Dial":           dialling,
	"crypto/tls.DialWithDialer": dialling,
	"net.Dial":                  dialling,
	"net.DialIP":                dialling,
	"net.DialTCP":               dialling,
	"net.DialUDP":               dialling,
	"net.DialUnix":              dialling,
}

const (
	unpacking = "a small archive can hold gigabytes; bound what comes out with io.LimitReader, and review the place here"
	calling   = "it waits without end; use vendorhttp.Client, or an http.Client with a Timeout"
	serving   = "its connections have no deadlines; use the server of internal/app/local"
	dialling  = "it waits without end; use a net.Dialer with a Timeout"
)

// fields lists the types whose zero value waits without end, and the fields that each
// literal sets. Names joined by | are alternatives.
var fields = map[string][]string{
	"net.Dialer":      {"Timeout|Deadline"},
	"net/http.Client": {"Timeout"},
	"net/http.Server": {"ReadHeaderTimeout", "ReadTimeout", "WriteTimeout", "IdleTimeout", "MaxHeaderBytes"},
}

// reviewed lists the places that break the table for a reason. Each stands for one use.
var reviewed = []review{
	{"cmd/aitrader/client.go", "inProcess", "net/http.Client", "it calls a handler of this process; the context of the command ends it"},
	{"internal/aws/dynamo/item.go", "decompress", "compress/gzip.NewReader", "maxForm bounds what comes out"},
	{"internal/httpapi/job_body.go", "Resolve", "io.ReadAll", "readBody has read the body within maxBody"},
	{"internal/openaimodel/config.go", "client", "net/http.Client", "the context of an attempt ends after CallTimeout"},
	{"internal/openaimodel/exchange.go", "readAnswer", "bufio.NewReader", "it holds 4 KiB; jsoncut and readStream bound what they read of it"},
	{"internal/openaimodel/exchange.go", "rewrite", "io.ReadAll", "the body is a request of our own"},
	{"internal/openaimodel/stream.go", "readStream", "bufio.NewScanner", "bounded ends at maxStream; maxEvent bounds an event"},
	{"internal/prices/csv.go", "readTable", "encoding/csv.NewReader", "records bounds a row, and unpacked the file"},
	{"internal/prices/read.go", "unpack", "bufio.NewReader", "it holds 4 KiB of the packed file"},
	{"internal/prices/read.go", "unpack", "bufio.NewReader", "it holds 4 KiB of the unpacked file"},
	{"internal/prices/read.go", "unpack", "compress/gzip.NewReader", "unpacked bounds what comes out"},
	{"internal/prices/vantage.go", "readVantage", "encoding/json.NewDecoder", "records bounds a value, and unpacked the file"},
	{"internal/recorded/load.go", "Read", "bufio.NewReaderSize", "readLine bounds a row; the file is the operator's own"},
}

// forTests lists the folders that only tests import: what they read, tests have sent.
var forTests = []string{
	"internal/aws/dynamotest", "internal/aws/runtimetest", "internal/clocktest", "internal/logtest", "internal/realdata", "internal/rounds",
	"internal/simtest", "internal/sqlitetest", "internal/storetest", "internal/vendortest",
}
