package droid

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// modelField tells of a field of Droid's entry, by its JSON name: its attribute, if a template sets it with one, and what a value in
// extra_fields must be, if it is set there.
type modelField struct{ attribute, extra string }

var modelFields = func() map[string]modelField {
	out := make(map[string]modelField)
	model := reflect.TypeFor[Model]()
	for i := range model.NumField() {
		tag := model.Field(i).Tag
		name, _, _ := strings.Cut(tag.Get("json"), ",")
		out[name] = modelField{tag.Get("attribute"), tag.Get("extra")}
	}
	return out
}()

// CheckExtraFields refuses what is no object of further fields of an entry: one that is set otherwise, or that Droid would not read.
func CheckExtraFields(s string) error {
	fields, err := object(s)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		known, found := modelFields[name]
		switch {
		case found && known.attribute != "":
			return fmt.Errorf("must not hold %s, which is set with the attribute %s", name, known.attribute)
		case found && known.extra == "":
			return fmt.Errorf("must not hold %s, which is the provider's own", name)
		case string(fields[name]) == "null":
			return fmt.Errorf("must not be null in %s", Quoted(name))
		}
		if m := (Model{}); found && (json.Unmarshal(only(fields, name), &m) != nil || m.APIKeyHelperTTL != nil && *m.APIKeyHelperTTL < 1) {
			return fmt.Errorf("must have %s in %s", known.extra, name)
		}
	}
	return nil
}

// CheckObject refuses JSON that is not an object.
func CheckObject(s string) error {
	_, err := object(s)
	return err
}

func object(s string) (map[string]json.RawMessage, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal([]byte(s), &fields); err != nil || fields == nil {
		return nil, errors.New("must be a JSON object, such as jsonencode({ temperature = 0.2 })")
	}
	return fields, nil
}

// only is an object with one of the fields.
func only(fields map[string]json.RawMessage, name string) []byte {
	text, _ := encode(map[string]json.RawMessage{name: fields[name]}) // it has just been read
	return text
}

// addExtra puts the further fields that Droid is known to read into their place. The others stay in ExtraFields.
func (m *Model) addExtra() {
	if m.ExtraFields == nil {
		return
	}
	fields, _ := object(string(m.ExtraFields)) // checked before
	for name := range fields {
		if modelFields[name].extra != "" {
			_ = json.Unmarshal(only(fields, name), m)
			delete(fields, name)
		}
	}
	m.ExtraFields = nil
	if len(fields) > 0 {
		m.ExtraFields, _ = encode(fields)
	}
}

// MarshalJSON writes the fields that Droid is not known to read behind those that it is.
func (m Model) MarshalJSON() ([]byte, error) {
	type plain Model
	text, err := encode(plain(m))
	if err == nil && m.ExtraFields != nil {
		text = append(append(text[:len(text)-1], ','), m.ExtraFields[1:]...)
	}
	return text, err
}

// encode is json.Marshal without its escapes for HTML.
func encode(value any) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	err := enc.Encode(value)
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), err
}
