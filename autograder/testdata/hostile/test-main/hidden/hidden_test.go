package hidden

import "testing"

func TestGreetsBeforeItReads(t *testing.T) {}
