# System tests: build/whorl from the outside, on both machines. The long ones first, so that two at a time end together.

SYSTEM_TESTS := $(patsubst %,tests/system/%.bats,hostile load link patch probes netisr disas flow bad_objects run domains documents events ld map console boot memory commands faults processes cc signatures user_threads strands admission contain)
SYSTEM_TESTS_QUICK := $(patsubst %,tests/system/%.bats,events commands cc signatures faults)
