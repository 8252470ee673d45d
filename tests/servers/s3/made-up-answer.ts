import type {Answer} from './answer.ts';
import type {Fault} from './faults.ts';
import {type ErrorText, errorAnswer, errorElement, messageOf, statusOf} from './s3-error.ts';
import {xmlDeclaration} from './xml-write.ts';

type Ids = Pick<ErrorText, 'requestId' | 'hostId'>;

const okHeaders = {'content-type': 'application/xml'};

/** The answer a fault has instead of that of the work; undefined when it leaves the answer to the work. */
export const madeUpAnswer = (fault: Fault | undefined, ids: Ids): Answer | undefined => {
	if (fault?.okWithBody !== undefined) {
		return {status: 200, headers: okHeaders, body: Buffer.from(fault.okWithBody)};
	}

	if (fault?.okWithError) {
		const {code, message = messageOf(code)} = fault.okWithError;
		// The declaration comes at once and the spaces while S3 works: nothing but the end of the body tells.
		return {
			status: 200,
			headers: okHeaders,
			code,
			pieces: [xmlDeclaration, '     \n', errorElement({code, message, ...ids})].map(text => Buffer.from(text)),
		};
	}

	if (fault?.status === undefined && fault?.code === undefined) {
		return;
	}

	const {status, code, headers = {}, body} = fault;
	const answered = status ?? statusOf(code!);

	if (body !== undefined || code === undefined) {
		return {status: answered, headers, body: Buffer.from(body ?? ''), isError: answered >= 300, code};
	}

	return errorAnswer(answered, headers, {code, message: messageOf(code), ...ids});
};
