import test from 'ava';
import {nearestName, suggestion} from '../../source/utils/nearest-name.ts';

test('finds the name that differs by a hyphen, by case or by a few letters', t => {
	const names = ['amazon_1', 'google', 'rackspace_us'];

	t.is(nearestName('amazon-1', names), 'amazon_1');
	t.is(nearestName('Google', names), 'google');
	t.is(nearestName('gogle', names), 'google');
	t.is(nearestName('oen', ['two', 'one']), 'one');
	t.is(nearestName('rackspace_uk', names), 'rackspace_us');
});

test('names nothing when no name is near', t => {
	t.is(nearestName('backup', ['amazon_1', 'google']), undefined);
	t.is(nearestName('', ['a']), undefined);
	t.is(nearestName('x'.repeat(65), ['x'.repeat(64)]), undefined);
	t.is(suggestion('backup', ['google']), '');
});
