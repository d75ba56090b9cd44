// SPDX-License-Identifier: GPL-2.0-only
// Timelines (timeline.c) zoom, move and go from tick to tick. D3 does the zooming and the axis; without it, or without
// scripts, the picture is whole and stands still.
(function () {
	"use strict";
	var CLOSEST = 1e5, CHARACTER = 7;

	// "-1.5ms"
	function time(ns) {
		var units = [["s", 1e9], ["ms", 1e6], ["us", 1e3], ["ns", 1]];
		for (var i = 0; i < units.length; i++)
			if (Math.abs(ns) >= units[i][1])
				return +(ns / units[i][1]).toPrecision(6) + units[i][0];
		return "0";
	}

	function timeline(element) {
		var figure = d3.select(element).classed("zooming", true);
		var svg = figure.select("svg[data-span]"), view = svg.select("g.view"), bars = view.select("svg.bars");
		var number = function (name) { return +svg.attr("data-" + name); };
		var from = number("from"), to = number("to"), span = number("span"), high = number("high");
		var x = d3.scale.linear().domain([from, to]).range([0, span]);
		var axis = d3.svg.axis().scale(x).orient("bottom").ticks(7).tickSize(-high).tickFormat(time);
		var zoom = d3.behavior.zoom().x(x).scaleExtent([1, CLOSEST]).on("zoom", draw);
		svg.select("g.time").selectAll("*").remove(); // the axis draws its own
		var ticks = bars.selectAll("g.tick"), at = -1;
		var box = figure.select("div.wide");
		var status = figure.append("p").attr("class", "status").attr("role", "status");

		function names() {
			var k = zoom.scale(), left = -zoom.translate()[0], list = [];
			bars.selectAll("g:not(.tick)").each(function () {
				var rect = this.firstChild, a = rect.x.baseVal.value * k - left, b = a + rect.width.baseVal.value * k;
				var text = this.lastChild.textContent;
				a = Math.max(a, 0);
				if (Math.min(b, span) - a > text.length * CHARACTER + 6)
					list.push([a + 3, rect.y.baseVal.value + 12, text]);
			});
			var all = view.select("g.names").selectAll("text").data(list);
			all.enter().append("text");
			all.exit().remove();
			all.attr("x", function (d) { return d[0]; }).attr("y", function (d) { return d[1]; }).text(function (d) { return d[2]; });
		}

		function draw() {
			var k = zoom.scale(), t = zoom.translate();
			zoom.translate([Math.max(span * (1 - k), Math.min(0, t[0])), 0]);
			bars.attr("viewBox", -zoom.translate()[0] / k + " 0 " + span / k + " " + high);
			svg.select("g.time").call(axis);
			names();
			var d = x.domain();
			element.setAttribute("data-shown", d[0] + " " + d[1]);
		}

		// Shows from a to b.
		function show(a, b) {
			var k = Math.max(1, Math.min(CLOSEST, (to - from) / Math.max(b - a, 1)));
			zoom.scale(k).translate([-(a - from) * span / (to - from) * k, 0]);
			draw();
		}

		function about(a, b) {
			var d = x.domain();
			status.text("Shown: " + time(d[0]) + " to " + time(d[1]) + " after the deadline.");
			if (a !== undefined)
				status.text(b);
		}

		// Nearer by a factor around the middle, sideways by a part of what is shown.
		function nearer(factor) {
			var d = x.domain(), middle = (d[0] + d[1]) / 2, half = (d[1] - d[0]) / 2 / factor;
			show(middle - half, middle + half);
			about();
		}
		function aside(part) {
			var d = x.domain(), by = (d[1] - d[0]) * part;
			show(d[0] + by, d[1] + by);
			about();
		}

		function go(i) {
			if (!ticks.size())
				return;
			at = (i + ticks.size()) % ticks.size();
			var tick = ticks[0][at], a = +tick.getAttribute("data-from"), b = +tick.getAttribute("data-to");
			var room = Math.max((b - a) / 10, 2000);
			show(a - room, b + room);
			about(at, "Tick " + (at + 1) + " of " + ticks.size() + ": " + tick.querySelector("title").textContent);
		}
		// The first one is what the picture is about.
		function next(step) {
			var first = ticks[0].findIndex(function (t) { return t.classList.contains("about"); });
			go(at < 0 ? Math.max(first, 0) : at + step);
		}
		function all() {
			show(from, to);
			about();
		}

		var acts = [
			["+", ["+", "="], "nearer", function () { nearer(2); }],
			["\u2212", ["-"], "farther", function () { nearer(0.5); }],
			["\u25c0", ["ArrowLeft"], "earlier", function () { aside(-0.25); }],
			["\u25b6", ["ArrowRight"], "later", function () { aside(0.25); }],
			["Next tick", ["n"], "the next tick (n)", function () { next(1); }],
			["Tick before", ["p"], "the tick before (p)", function () { next(-1); }],
			["All", ["0", "Home"], "all of it (0)", all]
		];
		var buttons = figure.insert("p", "div.wide").attr("class", "buttons");
		acts.forEach(function (act) {
			buttons.append("button").attr("type", "button").attr("title", act[2]).attr("aria-label", act[2]).text(act[0]).on("click", act[3]);
		});
		box.attr("title", null).on("keydown", function () {
			var e = d3.event;
			acts.forEach(function (act) {
				if (act[1].indexOf(e.key) >= 0 && !e.ctrlKey && !e.metaKey && !e.altKey) {
					e.preventDefault();
					act[3]();
				}
			});
		});
		view.call(zoom);
		// A wheel scrolls the page, but over a timeline that has the focus, or with Ctrl.
		var wheel = view.on("wheel.zoom");
		view.on("wheel.zoom", function () {
			if (d3.event.ctrlKey || element.contains(document.activeElement))
				wheel.apply(this, arguments);
		});
		view.on("mousedown.focus", function () { box.node().focus({ preventScroll: true }); });
		ticks.on("click", function () {
			if (!d3.event.defaultPrevented)
				go(ticks[0].indexOf(this));
		});
		status.text("Drag to move; wheel (with Ctrl, or after a click) and double click to zoom; click a tick to see it. " +
			"Keys: + \u2212 \u2190 \u2192, n and p for ticks, 0 for all.");
		draw();
	}

	d3.selectAll("figure.timeline").each(function () { timeline(this); });
})();
