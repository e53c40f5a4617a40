package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// What the picture shows, as a user types it.
var commands = []string{`droid exec --help | grep -A 3 "Custom Models"`, `droid exec "say hi"`}

// record runs the commands with the real Droid, in a home of its own with these settings, and returns what a terminal
// would show. The models of the deployment are at a stand-in.
func record(program, settings string) ([]string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	defer listener.Close()
	server := http.Server{Handler: http.HandlerFunc(answer), ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }()

	text, err := os.ReadFile(settings)
	if err != nil {
		return nil, err
	}
	home, err := os.MkdirTemp("", "picture")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(home)
	folder := filepath.Join(home, ".factory")
	if err := os.Mkdir(folder, 0o700); err != nil {
		return nil, err
	}
	here := strings.ReplaceAll(string(text), "https://coder.example.com", "http://"+listener.Addr().String())
	if err := os.WriteFile(filepath.Join(folder, "settings.json"), []byte(here), 0o600); err != nil {
		return nil, err
	}

	var shown []string
	for _, command := range commands {
		cmd := exec.Command("sh", "-c", command)
		cmd.Dir = home
		cmd.Env = []string{"HOME=" + home, "TERM=dumb", "PATH=" + filepath.Dir(program) + ":" + os.Getenv("PATH")}
		out, err := cmd.Output()
		if err != nil {
			return nil, fmt.Errorf("%s: %w: %s", command, err, out)
		}
		shown = append(append(shown, "$ "+command), linesOf(out)...)
	}
	return shown, nil
}

// answer is a vendor's answer to any prompt, in the events of the Messages API.
func answer(w http.ResponseWriter, r *http.Request) {
	if !strings.HasSuffix(r.URL.Path, "/v1/messages") {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	for _, event := range []string{
		`{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],` +
			`"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}}`,
		`{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`,
		`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi! What shall we build?"}}`,
		`{"type":"content_block_stop","index":0}`,
		`{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":1}}`,
		`{"type":"message_stop"}`,
	} {
		name, _, _ := strings.Cut(strings.TrimPrefix(event, `{"type":"`), `"`)
		fmt.Fprintf(w, "event: %s\ndata: %s\n\n", name, event)
	}
}
