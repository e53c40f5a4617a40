package droid

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// CheckExtraFields returns an error unless s is a JSON object of fields that have no attribute, as Droid reads them.
func CheckExtraFields(s string) error {
	members, err := object(s)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		known, found := fieldNamed(name)
		switch {
		case found && known.attribute != "":
			return fmt.Errorf("must not hold %s, which is set with the attribute %s", name, known.attribute)
		case found && known.extra == "":
			return fmt.Errorf("must not hold %s, which is the provider's own", name)
		case string(members[name]) == "null":
			return fmt.Errorf("must not be null in %s", Quoted(name))
		}
		if m := (Model{}); found && (json.Unmarshal(only(members, name), &m) != nil ||
			m.APIKeyHelperTTL != nil && *m.APIKeyHelperTTL < 1) {
			return fmt.Errorf("must have %s in %s", known.extra, name)
		}
	}
	return nil
}

func fieldNamed(name string) (field, bool) {
	if i := slices.IndexFunc(fields, func(f field) bool { return f.name == name }); i >= 0 {
		return fields[i], true
	}
	return field{}, false
}

// CheckObject returns an error unless s is a JSON object.
func CheckObject(s string) error {
	_, err := object(s)
	return err
}

func object(s string) (map[string]json.RawMessage, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(s), &members); err != nil || members == nil {
		return nil, errors.New("must be a JSON object, such as jsonencode({ temperature = 0.2 })")
	}
	return members, nil
}

// only is an object with one of the members.
func only(members map[string]json.RawMessage, name string) []byte {
	text, _ := encode(map[string]json.RawMessage{name: members[name]}) // it has just been read
	return text
}

// addExtra puts the further fields that Droid is known to read into their place. The others stay in ExtraFields.
func (m *Model) addExtra() {
	if m.ExtraFields == nil {
		return
	}
	members, _ := object(string(m.ExtraFields)) // checked before
	for _, f := range fields {
		if _, set := members[f.name]; set && f.extra != "" {
			_ = json.Unmarshal(only(members, f.name), m)
			delete(members, f.name)
		}
	}
	m.ExtraFields = nil
	if len(members) > 0 {
		m.ExtraFields, _ = encode(members)
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
