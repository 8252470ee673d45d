module sluice.test/sink

go 1.21
