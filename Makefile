# Everything here needs only Python 3.11 and make.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
PYTEST := $(BIN)/pytest

PROOF = $(BIN)/python -m tests.proofs
SEED ?= 1
REVIEWS = $(addprefix tests/stories/test_review.py::test_,nobody_agrees_to_their_own_words \
	who_holds_the_office_no_more_lets_nothing_through of_two_who_press_at_once_the_first_decides \
	an_old_request_pressed_all_the_same_does_nothing one_human_with_two_accounts_is_no_second_pair_of_eyes)

.PHONY: apply bench-plan bench-sending bench-announcing bench-fortnight crash powerloss restore simulate clock links fuzz diskfull mutants bar attack ha bench-line bench-workspace bench-month bench-held bench-starting bench-understanding screenshots demo test check format lock clean ready dev help

help:  ## 这份说明
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

ready:
	@$(PYTHON) deploy/bootstrap.py run

dev:
	@$(PYTHON) deploy/bootstrap.py dev

demo: ready  ## 在本机的小镇里演一遍：一条通知从说出口到被读到
	@$(BIN)/python -m sandbox.demo

test: dev  ## 全部测试（约几分钟）
	@$(PYTEST) -n 2 --dist loadgroup --ignore=tests/ha/test_on_postgres.py --ignore=tests/attack tests

bench-town: dev  ## 小镇能承受多少（约两分钟）
	@$(BIN)/python -m bench.town

anonymity: dev  ## 试着把匿名问卷的答案认到人头上，在两种库上（POLLS=200，约四分钟；最后一行是 JSON）
	@$(BIN)/python -m bench.anonymity --polls $(or $(POLLS),200)

attack: dev  ## 攻击表：冒名、洪水、假卡片、恶意文字（约五分钟）
	@$(PYTEST) -n 2 tests/attack tests/policies/test_tags.py tests/policies/test_thresholds.py $(REVIEWS)

ha: dev  ## 两个实例共用一个 PostgreSQL：杀掉、冻住发送的那个，或断开它和库（KILLS=200 约二十分钟；不写就跑几个故事）
	@$(if $(KILLS),$(PROOF).ha --kills $(KILLS) --seed $(SEED) $(if $(TOWN),--town=$(TOWN)),$(PYTEST) -n 2 tests/ha)

crash: dev  ## 在每一步之间 kill -9：POINTS=1000，不丢、不重（SEED、SESSION 用来重演，STAGES=V5,A2 只杀这几处）
	@$(PROOF).crash --points $(or $(POINTS),120) --seed $(SEED) $(if $(STAGES),--stages=$(STAGES)) $(if $(SESSION),--session=$(SESSION))

powerloss: dev  ## 同上，但只留下写穿到磁盘的内容；对照组必须丢（需要 C 编译器）
	@$(PROOF).powerloss --points $(or $(POINTS),60) --seed $(SEED) $(if $(STAGES),--stages=$(STAGES)) $(if $(SESSION),--session=$(SESSION))

simulate: dev  ## 机器人和小镇在一个进程里过两天虚拟时间，一切由种子决定：SEEDS=10000（约四小时，Ctrl-C 可停；KEEP=文件 下次接着来）
	@$(PROOF).simulate --seeds $(or $(SEEDS),100) --seed $(SEED)

clock: dev  ## 时钟往回拨、往前拨、停机、睡眠、闰日、年底，遇上每一种在等的事；SQLite 和 PostgreSQL 各一遍
	@$(PROOF).clock --seed $(SEED) $(if $(ONLY),"--only=$(ONLY)")

links: dev  ## 长连接被切断、装死、拒绝、搬走：多久发现、多久回来，有没有丢（CYCLES=500；十倍速）
	@$(PROOF).links --cycles $(or $(CYCLES),20) --seed $(SEED)

fuzz: dev  ## 无意义的内容喂给每一个解码器、配置和人话：N=10000
	@$(PROOF).fuzz --n $(or $(N),2000) --seed $(SEED)

diskfull: dev  ## 磁盘写满、只读、读写出错时不回执、亮红灯，好了自己接着办：POINTS=300（WAY 只试一种）
	@$(PROOF).diskfull --points $(or $(POINTS),30) --seed $(SEED) $(if $(WAY),--way=$(WAY))

mutants: dev  ## 在副本里种下二十四处毛病（和几处自己的），每一处都要有命令发现（约半小时；ONLY 只种一处）
	@$(PROOF).mutants $(if $(ONLY),"--only=$(ONLY)") $(if $(JOBS),--jobs=$(JOBS))

bar: dev  ## 全部证明跑一遍，数字写进 docs/evidence/（约六小时；SHARE=ci 只跑每次改动的份额，ONLY=crash,fuzz 只跑几项）
	@$(PROOF).bar --seed=$(SEED) $(if $(SHARE),--share=$(SHARE)) $(if $(ONLY),--only=$(ONLY)) $(if $(COUNTS),--counts=$(COUNTS))

restore: dev  ## 一边收发一边备份，再恢复：放行之前一条都不会再发（RUNS=100）
	@$(PROOF).restore --runs $(or $(RUNS),5) --seed $(SEED) $(if $(RUN),--run=$(RUN))

apply: dev  ## 建 50 个群，一路 429、5xx、丢回话、杀 20 次：不多一个群，不少一个人（KILLS、SEED）
	@$(PROOF).apply --kills $(or $(KILLS),20) --seed $(SEED)

bench-plan: dev  ## 一万人的公司，看完一份计划要多久（小镇的时钟），与平台限额的下限比
	@$(BIN)/python -m bench.whole_plan

bench-line: dev  ## 收一条消息、按一下按钮要多久，与只回执的官方 SDK 同场比较
	@$(BIN)/python -m bench.line

bench-workspace: dev  ## 一万人、六百个群的变更计划要算多久，与裸的集合运算同场比较
	@$(BIN)/python -m bench.workspace

bench-month: dev  ## 小镇里的一个月（SEEDS=3 个种子，各三十天）：有没有没人要的东西在下班后到人手上
	@$(BIN)/python -m bench.month --seeds $(or $(SEEDS),3) --days $(or $(DAYS),30)

bench-sending: dev  ## 发一条消息要多少 CPU，与飞书官方的同步 SDK 同场比较
	@$(BIN)/python -m bench.sending

bench-announcing: dev  ## 发给五百个群、一万个人要多久（小镇的时钟），与平台限额的下限比；中间的紧急通知排不排队
	@$(BIN)/python -m bench.announcing

bench-fortnight: dev  ## 七千条暂缓的消息，两星期用时钟拨过去要多久；一口气拨和一小时一小时拨，结果一样不一样
	@$(BIN)/python -m bench.fortnight

bench-held: dev  ## 一百万行暂缓的消息旁边，到点的那些慢不慢；先写“要发”再发慢多少；两种数据库
	@$(BIN)/python -m bench.held

bench-starting: dev  ## explain 冷启动、run 就绪、占多少内存，与只 import 飞书 SDK 同场比较
	@$(BIN)/python -m bench.starting

bench-understanding: dev  ## 听懂一句话要多少微秒，听懂了多少句
	@$(BIN)/python -m bench.understanding

check: dev  ## 格式、类型、依赖方向
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

screenshots: dev  ## 重拍文档里的图（需要 chromium-headless-shell）
	@$(BIN)/python docs/make_screenshots.py

format: dev  ## 自动排版
	@$(BIN)/ruff check --fix -q . ; $(BIN)/ruff format -q .

lock: dev  ## 重新生成两份带哈希、不带主机名的锁
	@$(BIN)/uv pip compile pyproject.toml --extra console --extra reports --extra postgres --group build --universal --generate-hashes --no-header --no-emit-index-url -q -o requirements.lock
	@$(BIN)/uv pip compile pyproject.toml --extra console --extra reports --extra postgres --group dev --universal --generate-hashes --no-header --no-emit-index-url -q -o requirements-dev.lock

clean:  ## 删掉环境和缓存（不动你的数据）
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
