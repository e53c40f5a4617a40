package delivery

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/delivery/deliverytest"
)

// wanted is what the namespace of the cases wants.
func wanted(document string) Wanted {
	return Wanted{Owned: Owned{Namespace: deliverytest.Namespace}, Document: []byte(document)}
}

// wantedBy is what a case wants.
func wantedBy(c deliverytest.Case) Wanted {
	w := wanted(c.Document)
	w.Keep = c.Keep
	return w
}

func TestMerge(t *testing.T) {
	t.Parallel()
	for _, c := range deliverytest.Cases() {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			before := []byte(c.Before)
			got, err := Merge(before, wantedBy(c), c.Strict)
			assert.Equal(t, c.Before, string(before), "the input is left alone")
			if c.Refusal != "" {
				require.EqualError(t, err, c.Refusal)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.After, string(got))

			again, err := Merge(got, wantedBy(c), c.Strict)
			require.NoError(t, err)
			assert.Equal(t, string(got), string(again), "a second run changes nothing")
		})
	}
}

// Entries of former namespaces are the resource's, and so is a default model of one.
func TestMergeFormerNamespaces(t *testing.T) {
	t.Parallel()
	w := wanted(deliverytest.Document(""))
	w.Former = []string{"old", "older"}
	file := []byte(`{"customModels":[{"id":"custom:old/a"},{"id":"custom:mine"},{"id":"custom:older/b"},{"id":"custom:olde/c"}],"sessionDefaultSettings":{"model":"custom:older/b"}}`)
	got, err := Merge(file, w, false)
	require.NoError(t, err)
	want := `{"customModels":[{"id":"custom:mine"},{"id":"custom:olde/c"}]}`
	require.Equal(t, want, string(got), "byte for byte")
}
