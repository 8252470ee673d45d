export default {
	files: ['tests/**/*.test.ts'],
	extensions: ['ts'],
	timeout: '2m',
};
