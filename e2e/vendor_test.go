package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// vendor stands in for a vendor of models, who can't be reached here: it speaks Anthropic's Messages and OpenAI's
// Responses and Chat Completions just far enough, always says "pong", and logs what it is asked. It also lists a model.
type vendor struct {
	*httptest.Server
	mu   sync.Mutex
	seen []call
}

// call is a request as the vendor saw it.
type call struct {
	Path, Key, Model string
	Body             map[string]any
}

func newVendor(t *testing.T) *vendor {
	t.Helper()
	v := &vendor{}
	v.Server = httptest.NewServer(http.HandlerFunc(v.serve))
	t.Cleanup(v.Close)
	return v
}

// calls returns the requests since the last time, and forgets them.
func (v *vendor) calls() []call {
	v.mu.Lock()
	defer v.mu.Unlock()
	seen := v.seen
	v.seen = nil
	return seen
}

func (v *vendor) serve(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/models") {
		answer(w, false, nil, object{"object": "list", "data": []object{{"id": "model-of-the-vendor", "object": "model"}}})
		return
	}
	text, _ := io.ReadAll(r.Body)
	c := call{Path: r.URL.Path, Key: r.Header.Get("X-Api-Key")}
	if c.Key == "" {
		c.Key = strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	}
	_ = json.Unmarshal(text, &c.Body)
	c.Model, _ = c.Body["model"].(string)
	v.mu.Lock()
	v.seen = append(v.seen, c)
	v.mu.Unlock()

	stream, _ := c.Body["stream"].(bool)
	switch {
	case strings.HasSuffix(r.URL.Path, "/messages"):
		answer(w, stream, anthropicEvents(c.Model), anthropicMessage(c.Model, "end_turn"))
	case strings.HasSuffix(r.URL.Path, "/responses"):
		answer(w, stream, responsesEvents(c.Model), response(c.Model, "completed"))
	case strings.HasSuffix(r.URL.Path, "/chat/completions"):
		answer(w, stream, chatEvents(c.Model), chatCompletion(c.Model))
	default:
		http.NotFound(w, r)
	}
}

type object map[string]any

type event struct {
	name string // empty: none is sent
	data any
}

func answer(w http.ResponseWriter, stream bool, events []event, whole any) {
	if !stream {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(whole)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	for _, e := range events {
		if e.name != "" {
			_, _ = fmt.Fprintf(w, "event: %s\n", e.name)
		}
		text, _ := json.Marshal(e.data)
		if s, ok := e.data.(string); ok {
			text = []byte(s)
		}
		_, _ = fmt.Fprintf(w, "data: %s\n\n", text)
		w.(http.Flusher).Flush()
	}
}

func anthropicMessage(model string, stop any) object {
	content := []object{}
	if stop != nil {
		content = append(content, object{"type": "text", "text": "pong"})
	}
	return object{
		"id": "msg_1", "type": "message", "role": "assistant", "model": model, "content": content, "stop_reason": stop,
		"stop_sequence": nil, "usage": object{"input_tokens": 1, "output_tokens": 1},
	}
}

func anthropicEvents(model string) []event {
	var events []event
	for _, data := range []object{
		{"type": "message_start", "message": anthropicMessage(model, nil)},
		{"type": "content_block_start", "index": 0, "content_block": object{"type": "text", "text": ""}},
		{"type": "content_block_delta", "index": 0, "delta": object{"type": "text_delta", "text": "pong"}},
		{"type": "content_block_stop", "index": 0},
		{"type": "message_delta", "delta": object{"stop_reason": "end_turn", "stop_sequence": nil},
			"usage": object{"output_tokens": 1}},
		{"type": "message_stop"},
	} {
		events = append(events, event{data["type"].(string), data})
	}
	return events
}

func outputItem(status string, content ...object) object {
	return object{"id": "item_1", "type": "message", "role": "assistant", "status": status,
		"content": append([]object{}, content...)}
}

func response(model, status string) object {
	r := object{
		"id": "resp_1", "object": "response", "created_at": 1, "model": model, "status": status, "output": []object{},
		"parallel_tool_calls": true, "tool_choice": "auto", "tools": []object{},
	}
	if status == "completed" {
		r["output"] = []object{outputItem("completed", outputText("pong"))}
		r["usage"] = object{
			"input_tokens": 1, "output_tokens": 1, "total_tokens": 2,
			"input_tokens_details": object{"cached_tokens": 0}, "output_tokens_details": object{"reasoning_tokens": 0},
		}
	}
	return r
}

func outputText(text string) object {
	return object{"type": "output_text", "text": text, "annotations": []object{}}
}

func responsesEvents(model string) []event {
	var events []event
	for i, data := range []object{
		{"type": "response.created", "response": response(model, "in_progress")},
		{"type": "response.output_item.added", "output_index": 0, "item": outputItem("in_progress")},
		{"type": "response.content_part.added", "item_id": "item_1", "output_index": 0, "content_index": 0,
			"part": outputText("")},
		{"type": "response.output_text.delta", "item_id": "item_1", "output_index": 0, "content_index": 0, "delta": "pong"},
		{"type": "response.output_text.done", "item_id": "item_1", "output_index": 0, "content_index": 0, "text": "pong"},
		{"type": "response.content_part.done", "item_id": "item_1", "output_index": 0, "content_index": 0,
			"part": outputText("pong")},
		{"type": "response.output_item.done", "output_index": 0, "item": outputItem("completed", outputText("pong"))},
		{"type": "response.completed", "response": response(model, "completed")},
	} {
		data["sequence_number"] = i
		events = append(events, event{data["type"].(string), data})
	}
	return events
}

func chatCompletion(model string) object {
	return object{
		"id": "chat_1", "object": "chat.completion", "created": 1, "model": model,
		"choices": []object{{"index": 0, "message": object{"role": "assistant", "content": "pong"}, "finish_reason": "stop"}},
		"usage":   object{"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
	}
}

func chatEvents(model string) []event {
	chunk := func(delta object, finish any) event {
		return event{"", object{
			"id": "chat_1", "object": "chat.completion.chunk", "created": 1, "model": model,
			"choices": []object{{"index": 0, "delta": delta, "finish_reason": finish}},
		}}
	}
	return []event{
		chunk(object{"role": "assistant", "content": "pong"}, nil),
		chunk(object{}, "stop"),
		{"", object{
			"id": "chat_1", "object": "chat.completion.chunk", "created": 1, "model": model, "choices": []object{},
			"usage": object{"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
		}},
		{"", "[DONE]"},
	}
}
