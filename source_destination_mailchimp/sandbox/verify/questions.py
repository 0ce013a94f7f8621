"""Every question that verify can ask, in the order in which they are asked."""

from typing import Final

from source_destination_mailchimp.sandbox.verify.account_questions import ACCOUNT_QUESTIONS
from source_destination_mailchimp.sandbox.verify.assumption_questions import ASSUMPTION_QUESTIONS
from source_destination_mailchimp.sandbox.verify.audience_questions import AUDIENCE_QUESTIONS
from source_destination_mailchimp.sandbox.verify.member_questions import MEMBER_QUESTIONS
from source_destination_mailchimp.sandbox.verify.question import Question

QUESTIONS: Final[tuple[Question, ...]] = (
    *MEMBER_QUESTIONS,
    *AUDIENCE_QUESTIONS,
    *ACCOUNT_QUESTIONS,
    *ASSUMPTION_QUESTIONS,
)
BY_ID: Final = {question.id: question for question in QUESTIONS}
