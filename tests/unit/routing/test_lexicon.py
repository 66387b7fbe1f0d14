"""The shipped words sort what residents write: one made-up sentence for every category, and how points come about."""

import pytest

from services.routing.classify.danger import DangerWords
from services.routing.classify.lexicon import STRENGTHS, TITLE, Lexicon
from services.routing.classify.matcher import Matcher
from services.routing.classify.said import HEAD, plain, said
from shared import catalogue
from shared.catalogue import UNCLEAR
from shared.divisions import Tier
from shared.policy_file import Category, Desks, Words

POLICY = catalogue.load()
LEXICON = Lexicon(POLICY.file.categories)
DANGER = DangerWords(POLICY.file.danger_words)

# By category: title and text. The first of the guesses is the category.
FIRST = {
    "dispute.neighbour": ("邻居雨棚滴水", "隔壁人家新装的雨棚，下雨时滴水到我家墙上，两家为此吵过几回。"),
    "dispute.marriage_family": ("妹妹被家暴", "她丈夫经常动手，想离婚，又怕孩子的抚养权判给对方。"),
    "dispute.land_boundary": ("宅基地界址不清", "老宅基地的界桩被挪动过，权属两户说法不一，请国土所来量。"),
    "dispute.expropriation": ("征地补偿款没有发", "修铁路征收了我们组的地，补偿款和安置房都没有落实。"),
    "dispute.property_service": ("物业只收钱不做事", "我们小区物业费涨了，门禁坏半年，业主要求开业主大会。"),
    "dispute.housing_sale": ("开发商延期交房", "合同写明去年交房，楼盘停工，购房者的首付都交了。"),
    "dispute.inheritance_support": ("老人无人赡养", "三个子女推来推去，赡养费谁都不出，遗产倒是争着要。"),
    "dispute.traffic_damage": ("交通事故赔偿谈不拢", "被车撞伤住院，责任认定对方全责，肇事方不出医药费。"),
    "dispute.consumer": ("商家不给退货", "在专卖店买的冰箱有质量问题，商家推脱，消费者该找谁维权？"),
    "dispute.contract_debt": ("借款到期不还", "有欠条为证，本金利息都不给，合同也签了。"),
    "dispute.school": ("老师体罚学生", "班主任让学生跑了二十圈，校长说是教学方式。"),
    "labour.unpaid_wages": ("包工头拖欠工资", "做完工程，农民工的血汗钱半年没有结清。"),
    "labour.insurance": ("养老保险断缴", "单位没给我补缴社保，退休手续办不下来。"),
    "labour.dismissal_contract": ("口头辞退", "公司没签劳动合同，试用期一过就叫员工走，想申请劳动仲裁。"),
    "labour.injury": ("工伤认定拖着不办", "在车间被机器压伤了手，单位不肯报工伤。"),
    "medical.dispute": ("怀疑医疗事故", "家属认为是误诊，术后感染，院方不给看病历。"),
    "medical.service": ("卫生院没有医生值班", "带孩子去打疫苗，护士说医生不在，挂号也停了。"),
    "education.fees": ("学校乱收费", "开学又收补课费和资料费，不交不行。"),
    "education.enrolment": ("学区划分不合理", "孩子该上小学，家门口的学校招生不收，说学位满了。"),
    "education.training_refund": ("培训机构跑路退费难", "给孩子报的辅导班突然停课，剩下的课时不退费。"),
    "environment.noise": ("深夜噪音", "楼下半夜放音乐，音响声音很大，扰民，吵得睡不着。"),
    "environment.fumes_dust": ("油烟呛人", "烧烤店的油烟直接对着窗户，刺鼻的异味不散。"),
    "environment.water": ("河水发黑发臭", "上游有排污口，河道里漂着死鱼。"),
    "environment.waste": ("垃圾没人清运", "垃圾桶满了三天，苍蝇乱飞，污水横流。"),
    "environment.farming": ("养猪场臭气", "养殖场的粪水直接流进沟里，附近还焚烧秸秆。"),
    "utility.water": ("又停水了", "自来水停了一天，水压本来就低，没有通知。"),
    "utility.power": ("频繁停电", "电压不稳，变压器老跳闸，供电所说要等。"),
    "utility.gas_heat": ("天然气开通难", "初装费交了，燃气公司一直不给通气。"),
    "utility.telecom": ("宽带断网没人修", "手机信号也差，打运营商客服没有用。"),
    "city.street_light": ("路灯不亮", "整条巷子的路灯坏了，黑漆漆的。"),
    "city.road_damage": ("井盖不见了", "路面塌陷，坑坑洼洼，下雨积水。"),
    "city.illegal_building": ("楼顶违建", "有人在楼顶违规搭建，加盖一层，没有手续。"),
    "city.street_vendor": ("占道经营", "流动摊贩把人行道占满，城管来了就走。"),
    "city.greening": ("行道树枯死", "绿化带没人修剪，草坪被人种菜。"),
    "city.stray_animal": ("流浪狗咬人", "遛狗不牵绳，小孩吓哭了。"),
    "traffic.parking": ("停车位装地锁", "小区门口乱停车，车位被人装了地锁，停车费还涨。"),
    "traffic.signal_sign": ("红绿灯坏了", "十字路口信号灯不亮，车流大，斑马线也看不清。"),
    "traffic.public_transport": ("公交班次太少", "末班车六点就没了，公交车还拒载老年卡。"),
    "hazard.fire": ("电动车飞线充电", "楼道里消防栓没水，灭火器过期，安全出口锁着。"),
    "hazard.geology": ("后山滑坡隐患", "雨后山体开裂，不断有落石，怕泥石流。"),
    "hazard.flood_drowning": ("大堤渗水", "汛期涨水，堤坝上有管涌，水边没有警示牌。"),
    "hazard.construction": ("工地没有安全网", "施工单位脚手架松了，塔吊从行人头上过，安全帽都不戴。"),
    "hazard.dangerous_goods": ("私存烟花爆竹", "隔壁仓库堆了煤气罐和鞭炮，易燃易爆。"),
    "hazard.building": ("外墙瓷砖脱落", "旧楼墙体开裂，成了危房，房屋倾斜。"),
    "hazard.special_equipment": ("电梯困人", "电梯经常卡住，维保单位不来，年检过期。"),
    "hazard.food_drug": ("买到过期食品", "吃了拉肚子，保质期早过了，食品安全没人管。"),
    "order.theft": ("电动车被偷", "小偷夜里撬门，入室盗窃，这个月第二次。"),
    "order.fraud_telecom": ("刷单被骗", "接到冒充客服的电话，转账后才知道是电信诈骗。"),
    "order.brawl_threat": ("夜宵摊打架", "酒后斗殴，有人拿刀扬言报复。"),
    "order.gambling": ("茶馆聚众赌博", "麻将馆里摆了老虎机，天天聚赌。"),
    "finance.illegal_fundraising": ("高息集资取不出来", "投资公司吸收存款，理财返利停了，老板跑路。"),
    "finance.pyramid_selling": ("怀疑是传销", "交入门费，拉人头发展下线，天天上课洗脑。"),
    "village.accounts": ("村务不公开", "村干部不公开账目，村集体资金去向不明，公示栏空着。"),
    "village.subsidy": ("低保没有批", "建档立卡贫困户，种粮补贴和低保都没有到账。"),
    "village.collective_land": ("集体土地私自发包", "土地流转没有开村民会，承包地的租金不给农户。"),
    "body.conduct": ("窗口吃拿卡要", "工作人员态度恶劣，暗示要好处费，推诿不作为。"),
    "body.enforcement": ("执法粗暴", "执法人员不出示证件，乱罚款，还扣车不开单据。"),
    "tip.gang": ("有人收保护费", "一伙地痞强买强卖，欺行霸市，谁也不敢说。"),
    "tip.drugs": ("怀疑有人吸毒", "出租屋里夜里有人交易毒品。"),
    "petition.first": ("历史遗留问题信访", "改制安置一直没有落实，现提出信访请求，材料附后。"),
    "petition.review": ("不服答复申请复查", "对信访答复意见不服，请求复查复核。"),
    "court.enforcement": ("判决生效拿不到钱", "法院判了，对方拒不履行，申请执行半年没有进展。"),
    "care.elder": ("独居老人没人照看", "楼上空巢老人行动不便，想申请居家养老服务。"),
    "care.child": ("留守儿童没去上学", "孩子辍学在外游荡，父母不在家。"),
    "care.crisis": ("她说不想活了", "邻家女儿抑郁，情绪崩溃，要跳楼。"),
    "care.disability_poverty": ("申请临时救助", "家里有重度残疾人，轮椅坏了，困难家庭没有收入。"),
    "wish.small": ("孩子的微心愿", "想要一张书桌，旧的也行。"),
    "legal.question": ("想做法律咨询", "租房押金不退，法律上怎么办，能不能申请法律援助？"),
    "service.enquiry": ("请问居住证怎么办理", "带什么材料，在哪里办，户口在外省。"),
    "emergency.fire": ("楼上着火了", "浓烟很大，火势往上走，消防车还没到。"),
    "emergency.injury_life": ("有人倒地昏迷", "路边一个人流血，被困在车里出不来。"),
    "emergency.flood_landslide": ("河堤决口", "洪水进村，山洪压到房子了。"),
    "emergency.crowd": ("厂门口聚集堵门", "上百人拉横幅，推搡起来，怕要冲突。"),
}
# Said the way people say it, with words of several categories: the category is among the three.
AMONG = {
    "environment.noise": ("工地半夜还在施工", "打桩声音很大，全家休息不好，孩子第二天要考试。"),
    "traffic.parking": ("消防通道被占", "小区里车辆乱停乱放，消防车进不来，物业不管。"),
    "labour.unpaid_wages": ("培训学校不发工资", "老师们三个月没有领到工资，学校说没钱。"),
    "hazard.building": ("安置房裂缝", "交房才两年，墙体裂缝，楼板开裂，开发商不修。"),
    "medical.service": ("医保卡在诊所不能用", "社区诊所看病拿药，医生说医保卡刷不了。"),
    "utility.water": ("小区二次供水", "自来水发黄有异味，物业和供水公司互相推。"),
    "village.subsidy": ("村干部优亲厚友", "低保名额给了亲戚，真正困难的没有评上。"),
    "care.elder": ("老人想装扶手", "八十岁的独居老人在卫生间摔倒，希望社区上门看看。"),
    "city.street_vendor": ("校门口摊贩", "放学时小摊贩占道，家长接孩子车都过不去。"),
    "dispute.school": ("孩子在校受伤", "课间打闹，学校和家长谈不拢医药费。"),
}


def test_every_category_but_the_unclear_has_a_sentence_and_words() -> None:
    sorted_by_words = {code for code, row in POLICY.file.categories.items() if row.words != Words()}
    assert sorted_by_words == set(POLICY.file.categories) - {UNCLEAR} == set(FIRST)


@pytest.mark.parametrize(("code", "told"), FIRST.items(), ids=FIRST)
def test_a_plain_sentence_is_sorted_right(code: str, told: tuple[str, str]) -> None:
    first, *_ = LEXICON.guess(*told)
    assert first.category == code
    assert first.because


@pytest.mark.parametrize(("code", "told"), AMONG.items(), ids=AMONG)
def test_a_mixed_sentence_has_its_category_among_the_three(code: str, told: tuple[str, str]) -> None:
    guesses = LEXICON.guess(*told)
    assert code in [guess.category for guess in guesses]
    assert len(guesses) <= 3
    assert sorted((guess.confidence for guess in guesses), reverse=True) == [
        guess.confidence for guess in guesses
    ]


def test_where_no_word_is_said_nothing_is_guessed() -> None:
    assert LEXICON.guess("", "") == ()
    assert LEXICON.guess("你好", "在吗？") == ()


def of(**words: tuple[str, ...]) -> Category:
    return Category(
        zh="一", en="one", entry=Tier.VILLAGE, desks=Desks(), budget="ladder", words=Words(**words)
    )


def points(lexicon: Lexicon, title: str, text: str) -> tuple[str, ...]:
    [guess] = lexicon.guess(title, text)
    return guess.because


FAR = "，" + "又" * HEAD
POINTS = [
    pytest.param("", FAR + "路灯", STRENGTHS["sure"], id="once"),
    pytest.param("路灯", "", STRENGTHS["sure"] * TITLE, id="in the title"),
    pytest.param("", "路灯" + FAR, STRENGTHS["sure"] * TITLE, id="at the head of what has no title"),
    pytest.param("事", "又" * HEAD + "路灯路灯路灯路灯", STRENGTHS["sure"] * 2, id="four times is twice"),
    pytest.param("", FAR + "路 灯", STRENGTHS["sure"], id="over a blank"),
]


@pytest.mark.parametrize(("title", "text", "much"), POINTS)
def test_points_of_a_word(title: str, text: str, much: float) -> None:
    assert points(Lexicon({"a.b": of(sure=("路灯",))}), title, text) == (f"路灯 {much:+.1f}",)


def test_the_longest_word_wins_and_what_it_covers_is_not_read() -> None:
    lexicon = Lexicon({"a.b": of(sure=("物业费",), plain=("物业", "业费")), "a.c": of(plain=("物业",))})
    assert [guess.category for guess in lexicon.guess("", FAR + "物业费")] == ["a.b"]
    assert {guess.category for guess in lexicon.guess("", FAR + "物业")} == {"a.b", "a.c"}


def test_what_speaks_against_takes_points_away() -> None:
    lexicon = Lexicon({"a.b": of(plain=("充电",), against=("充电宝",)), "a.c": of(weak=("充电宝",))})
    assert [guess.category for guess in lexicon.guess("", FAR + "充电宝")] == ["a.c"]
    assert [guess.category for guess in lexicon.guess("", FAR + "充电。充电宝")] == ["a.c"]


def test_full_width_letters_capitals_and_signs_are_one_way_of_writing() -> None:
    assert plain("ＫＴＶ—— 太 吵！") == plain("ktv太吵")
    assert said("ＫＴＶ！", "吵") == ("ktv吵", 3)
    assert said("！", "吵") == ("吵", HEAD)


def test_a_word_that_starts_like_another_is_found_too() -> None:
    assert list(Matcher(["停车", "停水", "停水了"]).found("停停车停水停水了")) == [
        ("停车", 1),
        ("停水", 3),
        ("停水了", 5),
    ]


DANGERS = [
    pytest.param("楼上着火了", "有人被困在里面，着火十分钟了", ("着火", "被困"), id="two, each once"),
    pytest.param("路灯不亮", "请派人来修", (), id="none"),
    pytest.param("没有着火", "虚惊一场", ("着火",), id="a negation is for a person to read"),
]


@pytest.mark.parametrize(("title", "text", "words"), DANGERS)
def test_danger_words_in_the_order_they_are_said(title: str, text: str, words: tuple[str, ...]) -> None:
    assert DANGER.danger(title, text) == words
