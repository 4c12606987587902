package gap

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"pgregory.net/rapid"
)

func TestExactTestsAgainstScipy(t *testing.T) {
	var ref struct {
		McNemar []struct {
			OnlyProbe     int `json:"only_probe"`
			OnlyBehaviour int `json:"only_behaviour"`
			P             float64
		}
		SignFlip []struct {
			Net []int
			P   float64
		} `json:"sign_flip"`
	}
	data, err := os.ReadFile("../testdata/gap/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &ref); err != nil {
		t.Fatal(err)
	}
	if len(ref.McNemar)*len(ref.SignFlip) == 0 {
		t.Fatal("the reference lacks a part")
	}
	for _, want := range ref.McNemar {
		got := evenOdds(want.OnlyProbe, want.OnlyProbe+want.OnlyBehaviour)
		if math.Abs(got-want.P) > 1e-9*want.P {
			t.Errorf("McNemar's p-value of %d against %d: %v, scipy %v", want.OnlyProbe, want.OnlyBehaviour, got, want.P)
		}
	}
	for _, want := range ref.SignFlip {
		if got := SignFlipP(want.Net); math.Abs(got-want.P) > 1e-12 {
			t.Errorf("sign-flip p-value of %v: %v, by enumeration %v", want.Net, got, want.P)
		}
	}
}

// Flipping the sign of some groups that sum to nothing changes no p-value, and
// a p-value is one.
func TestSignFlip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		net := rapid.SliceOfN(rapid.IntRange(1, 9), 1, 60).Draw(t, "net")
		p := SignFlipP(net)
		if want := math.Pow(2, 1-float64(len(net))); math.Abs(p-want) > 1e-9*want {
			t.Fatalf("all groups on one side: %v, want %v", p, want)
		}
		balanced := append([]int{}, net...)
		for _, x := range net {
			balanced = append(balanced, -x)
		}
		if p := SignFlipP(balanced); p < 1-1e-12 || p > 1 {
			t.Fatalf("as much on both sides: %v, want 1", p)
		}
	})
}

// Above the bound on exact work the normal distribution stands in.
func TestSignFlipOfManyGroupsIsNormal(t *testing.T) {
	net := make([]int, 20_000)
	for i := range net {
		net[i] = 1 + i%3
		if i%200 < 98 {
			net[i] = -net[i]
		}
	}
	sum, most := 0, 0
	for _, x := range net {
		sum += x
		most += max(x, -x)
	}
	if len(net)*most <= maxExact {
		t.Fatal("small enough for the exact distribution")
	}
	exact := 0.0
	for k, p := range flips(net, most) {
		if total := 2*k - most; total >= sum || -total >= sum {
			exact += p
		}
	}
	if got := SignFlipP(net); math.Abs(got-exact) > 1e-3*exact {
		t.Errorf("normal %v, exact %v", got, exact)
	}
}

func TestOutcomesInvertCell(t *testing.T) {
	for c, o := range outcomes {
		if o.cell() != c {
			t.Errorf("outcome %+v is cell %d, listed as %d", o, o.cell(), c)
		}
	}
}
